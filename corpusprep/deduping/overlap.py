"""How much two documents really have in common: all shingles of both compared, many pairs at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.ragged import chunks, hits

if TYPE_CHECKING:
    from corpusprep.deduping.ragged import Hits
    from corpusprep.deduping.texts import Texts

__all__ = ["Overlap", "compare"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_RUN = 3  # shingle widths that make a run of one's own: fifteen words
_LINE = 2  # shingle widths that its lines must have on average
_WORTH = 0.35
"""Containment below which no relation holds (see `relations`), so that nothing more is asked of a pair."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """What pairs of documents share, one value a pair. Left and right as in the pairs asked for.

    shared: distinct shingles in both. left_distinct, right_distinct: distinct shingles of each. width: tokens in a shingle.
    left_covered, right_covered: tokens of each that lie in a shared shingle.
    left_first, right_first: the first such token; left_last, right_last: behind the last.
    left_own, right_own: tokens of each in runs that the other lacks, as long as a sentence or more. A run of short lines,
    as page furniture makes them, does not count.
    slots: numbers with the same words around them in both; changed: those of them that differ (see `numbers`).
    """

    width: Indices
    shared: Indices
    left_distinct: Indices
    right_distinct: Indices
    left_tokens: Indices
    right_tokens: Indices
    left_covered: Indices
    right_covered: Indices
    left_first: Indices
    right_first: Indices
    left_last: Indices
    right_last: Indices
    left_own: Indices
    right_own: Indices
    slots: Indices
    changed: Indices

    @classmethod
    def empty(cls, count: int) -> Overlap:
        """Room for so many pairs."""
        return cls(*(np.zeros(count, np.int64) for _ in fields(cls)))

    def put(self, places: Indices, part: Overlap) -> None:
        """Fill in some pairs."""
        for field in fields(self):
            getattr(self, field.name)[places] = getattr(part, field.name)

    def take(self, places: Indices | Flags) -> Overlap:
        """Some of the pairs."""
        return Overlap(*(getattr(self, field.name)[places] for field in fields(self)))

    def extend(self, more: Overlap) -> Overlap:
        """These pairs and then more."""
        names = [field.name for field in fields(self)]
        return Overlap(*(np.concatenate([getattr(self, name), getattr(more, name)]) for name in names))

    @property
    def resemblance(self) -> npt.NDArray[np.float64]:
        """Jaccard: distinct shingles in both over those in either."""
        either = self.left_distinct + self.right_distinct - self.shared
        share: npt.NDArray[np.float64] = self.shared / np.maximum(either, 1)
        return share

    @property
    def containment(self) -> npt.NDArray[np.float64]:
        """Distinct shingles in both over those of the document that has fewer."""
        return self.shared / np.maximum(np.minimum(self.left_distinct, self.right_distinct), 1)


def compare(texts: Texts, left: Indices, right: Indices) -> Overlap:
    """Compare pairs of the texts, given by row. Exact but for hashes that collide, one in 2^64."""
    result = Overlap.empty(len(left))
    lengths, counts = texts.n_tokens, texts.n_distinct
    result.left_distinct[:], result.right_distinct[:] = counts[left], counts[right]
    result.left_tokens[:], result.right_tokens[:] = lengths[left], lengths[right]
    result.width[:] = np.maximum(texts.widths[left], texts.widths[right])
    for some in chunks(left, lengths[right]):
        found = hits(texts.rows, left[some], right[some])
        result.shared[some] = np.bincount(found.pair, texts.distinct[found.place], len(some))
        for name, values in _extents(texts, right[some], found).items():
            getattr(result, f"right_{name}")[some] = values
    worth = np.flatnonzero(result.containment >= _WORTH)
    for part in chunks(right[worth], lengths[left[worth]]):
        some = worth[part]
        for name, values in _extents(texts, left[some], hits(texts.rows, right[some], left[some])).items():
            getattr(result, f"left_{name}")[some] = values
    return result


def _extents(texts: Texts, asked: Indices, found: Hits) -> dict[str, Indices]:
    """What the hits cover of each asked text."""
    count, pair, place = len(asked), found.pair, found.place
    lengths = texts.n_tokens[asked]
    width = np.minimum(texts.widths[asked], lengths)
    long_run = _RUN * texts.widths[asked]
    first, last = np.zeros(count, np.int64), np.zeros(count, np.int64)
    if not len(pair):
        return {"covered": first, "first": first, "last": last, "own": lengths * (lengths >= long_run)}
    same = pair[1:] == pair[:-1]
    step = np.where(same, np.diff(place), 0)
    reach = width[pair]
    reach[:-1] = np.where(same, np.minimum(reach[:-1], step), reach[:-1])
    begins = np.flatnonzero(np.concatenate([[True], ~same]))
    ends = np.append(begins[1:], len(pair)) - 1
    start = texts.offsets[asked[pair[begins]]]
    first[pair[begins]] = place[begins] - start
    last[pair[begins]] = place[ends] - start + width[pair[begins]]
    own = np.bincount(
        pair[:-1], _own(texts, place[:-1] + width[pair[:-1]], place[1:] * same, long_run[pair[:-1]]), count
    )
    starts = texts.offsets[asked]
    own += _own(texts, starts, starts + first, long_run) + _own(texts, starts + last, starts + lengths, long_run)
    covered = np.bincount(pair, reach, count)
    return {"covered": covered.astype(np.int64), "first": first, "last": last, "own": own.astype(np.int64)}


def _own(texts: Texts, start: Indices, stop: Indices, long_run: Indices) -> Indices:
    """Length of each run of tokens, 0 where it is short or made of short lines."""
    length = stop - start
    counts = np.flatnonzero(length >= long_run)
    lines = 1 + texts.ends[stop[counts] - 1] - texts.ends[start[counts]]
    result = np.zeros(len(length), np.int64)
    result[counts] = np.where(length[counts] * _RUN >= lines * _LINE * long_run[counts], length[counts], 0)
    return result
