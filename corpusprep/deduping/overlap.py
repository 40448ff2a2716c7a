"""How much two documents really have in common: all shingles of both compared, many pairs at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.frames import Gaps
from corpusprep.deduping.ragged import chunks, hits

if TYPE_CHECKING:
    from collections.abc import Callable

    from corpusprep.deduping.ragged import Hits
    from corpusprep.deduping.texts import Texts

__all__ = ["Overlap", "Side", "compare"]

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_RUN = 3  # shingle widths that make a run of one's own: fifteen words
_WORTH = 0.35
"""Containment below which no relation holds (see `relations`), so that nothing more is asked of a pair."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One document of each pair, against the other one.

    distinct: its distinct shingles. tokens: all of its tokens. prose: those in lines long enough for a sentence, of which
    the rest speaks. covered: those in a shared shingle. own: those in runs of its own, as long as a sentence or more.
    first: those before the first that is covered.
    """

    distinct: Indices
    tokens: Indices
    prose: Indices
    covered: Indices
    own: Indices
    first: Indices

    @property
    def story(self) -> Indices:
        """Tokens of what it tells: what is shared and what is its own, without small edits and stray lines."""
        return self.covered + self.own

    @property
    def share(self) -> npt.NDArray[np.float64]:
        """How much of what it tells stands in the other one."""
        return self.covered / np.maximum(self.story, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """What pairs of documents share, one value a pair.

    shared: distinct shingles in both. slots: numbers with the same words around them in both; changed: those of them that
    differ (see `numbers`).
    """

    left: Side
    right: Side
    shared: Indices
    slots: Indices
    changed: Indices

    def take(self, places: Indices | Flags) -> Overlap:
        """Some of the pairs."""
        return Overlap(
            _each(lambda values: values[places], self.left),
            _each(lambda values: values[places], self.right),
            self.shared[places],
            self.slots[places],
            self.changed[places],
        )

    def extend(self, more: Overlap) -> Overlap:
        """These pairs and then more."""

        def both(one: Indices, other: Indices) -> Indices:
            return np.concatenate([one, other])

        return Overlap(
            _each(both, self.left, more.left),
            _each(both, self.right, more.right),
            both(self.shared, more.shared),
            both(self.slots, more.slots),
            both(self.changed, more.changed),
        )

    @property
    def resemblance(self) -> npt.NDArray[np.float64]:
        """Jaccard: distinct shingles in both over those in either."""
        either = self.left.distinct + self.right.distinct - self.shared
        share: npt.NDArray[np.float64] = self.shared / np.maximum(either, 1)
        return share

    @property
    def containment(self) -> npt.NDArray[np.float64]:
        """Distinct shingles in both over those of the document that has fewer."""
        return self.shared / np.maximum(np.minimum(self.left.distinct, self.right.distinct), 1)

    @property
    def near(self) -> Flags:
        """Pairs that may be related at all."""
        near: Flags = self.containment >= _WORTH
        return near


def compare(texts: Texts, left: Indices, right: Indices) -> tuple[Overlap, Gaps]:
    """Compare pairs of the texts, given by row; `slots` and `changed` are left 0. Gaps are told where a relation may hold.

    Exact but for hashes that collide, one in 2^64.
    """
    shared, slots, changed = np.zeros((3, len(left)), np.int64)
    result = Overlap(_side(texts, left), _side(texts, right), shared, slots, changed)
    lengths = texts.n_tokens
    gaps: list[Gaps] = []
    for some in chunks(left, lengths[right]):
        found = hits(texts.rows, left[some], right[some])
        shared[some] = _distinct_hits(texts, right[some], found)
        start, stop, pair = _measure(texts, right[some], found, result.right, some)
        gaps.append(Gaps(some[pair], np.ones(len(pair), np.bool_), start, stop))
    worth = result.near
    gaps = [part.take(worth[part.pair]) for part in gaps]
    for part in chunks(right[worth], lengths[left[worth]]):
        some = np.flatnonzero(worth)[part]
        found = hits(texts.rows, right[some], left[some])
        start, stop, pair = _measure(texts, left[some], found, result.left, some)
        gaps.append(Gaps(some[pair], np.zeros(len(pair), np.bool_), start, stop))
    return result, Gaps.join(gaps)


def _distinct_hits(texts: Texts, asked: Indices, found: Hits) -> Indices:
    if (texts.n_distinct[asked] == texts.n_shingles[asked]).all():
        return np.diff(found.bounds)
    sums = np.zeros(len(found.place) + 1, np.int64)
    np.cumsum(texts.distinct[found.place], out=sums[1:])
    return np.diff(sums[found.bounds])


def _each(change: Callable[..., Indices], *sides: Side) -> Side:
    return Side(*(change(*(getattr(side, field.name) for side in sides)) for field in fields(Side)))


def _side(texts: Texts, rows: Indices) -> Side:
    prose = texts.prose_between(texts.offsets[rows], texts.offsets[rows + 1])
    return Side(texts.n_distinct[rows], texts.n_tokens[rows], prose, *np.zeros((3, len(rows)), np.int64))


def _measure(texts: Texts, asked: Indices, found: Hits, side: Side, some: Indices) -> tuple[Indices, Indices, Indices]:
    """Fill in what the hits cover of each asked text, from runs of hits one after another.

    Returns the short runs between, in prose: where they start and stop, and the number of the pair.
    """
    counts = np.diff(found.bounds)
    starts, stops = texts.offsets[asked], texts.offsets[asked + 1]
    width = np.minimum(texts.widths[asked], stops - starts)
    long_run = _RUN * texts.widths[asked]
    breaks = np.flatnonzero(np.diff(found.place) != 1) + 1
    first = np.sort(np.concatenate([found.bounds[:-1][counts > 0], breaks]))
    first = first[np.diff(first, prepend=-1) > 0]
    pair = np.searchsorted(found.bounds, first, side="right") - 1
    begin = found.place[first]
    end = np.append(found.place[first[1:] - 1], found.place[-1:]) + width[pair]
    follows = pair[1:] == pair[:-1]
    behind = np.append(np.where(follows, begin[1:], stops[pair[:-1]]), stops[pair[-1:]])
    covered = texts.prose_between(begin, np.minimum(end, behind))
    own = _own(texts, end, behind, long_run[pair])
    side.covered[some] = np.bincount(pair, covered, len(asked))
    leads = (
        np.where(counts > 0, found.place[np.minimum(found.bounds[:-1], len(found.place) - 1)], stops)
        if len(found.place)
        else stops
    )
    side.own[some] = np.bincount(pair, own, len(asked)) + _own(texts, starts, leads, long_run)
    side.first[some] = texts.prose_between(starts, leads)
    start, stop = np.concatenate([end, starts]), np.concatenate([behind, leads])
    number = np.concatenate([pair, np.arange(len(asked))])
    short = np.flatnonzero((stop > start) & (stop - start < long_run[number]))
    short = short[texts.prose_between(start[short], stop[short]) > 0]
    return start[short], stop[short], number[short]


def _own(texts: Texts, start: Indices, stop: Indices, long_run: Indices) -> Indices:
    """Prose of each run of tokens; 0 where it is short."""
    length = stop - start
    counts = np.flatnonzero(length >= long_run)
    result = np.zeros(len(length), np.int64)
    prose = texts.prose_between(start[counts], stop[counts])
    result[counts] = np.where(prose >= long_run[counts], prose, 0)
    return result
