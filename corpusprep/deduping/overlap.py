"""How much two documents really have in common: all shingles of both compared, many pairs at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.keyset import KeySet, first_of_each, keyed
from corpusprep.deduping.numbers import slots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.deduping.shingles import Shingled

__all__ = ["Overlap", "compare"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CHUNK = 1 << 18  # tokens compared at once
_WORTH = 0.4
"""Containment below which no relation holds (see `relations`), so that nothing more is asked of a pair."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlap:
    """What pairs of documents share, one value a pair. Left and right as in the pairs asked for.

    shared: distinct shingles in both. left_distinct, right_distinct: distinct shingles of each.
    left_covered, right_covered: tokens of each that lie in a shared shingle.
    left_first, right_first: the first such token; left_last, right_last: behind the last.
    slots: numbers with the same words around them in both; changed: those of them that differ.
    """

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


def compare(texts: Shingled, left: Indices, right: Indices) -> Overlap:
    """Compare pairs of the texts, given by row. Exact but for hashes that collide, one in 2^64."""
    distinct = _distinct(texts)
    counts = _sums(distinct, texts.offsets)
    result = Overlap.empty(len(left))
    lengths = texts.n_tokens
    result.left_distinct[:], result.right_distinct[:] = counts[left], counts[right]
    result.left_tokens[:], result.right_tokens[:] = lengths[left], lengths[right]
    for some in _chunks(left, lengths[right]):
        shared, covered, first, last = _hits(texts, distinct, left[some], right[some])
        result.shared[some], result.right_covered[some] = shared, covered
        result.right_first[some], result.right_last[some] = first, last
    worth = np.flatnonzero(result.containment >= _WORTH)
    for part in _chunks(right[worth], lengths[left[worth]]):
        some = worth[part]
        _, covered, first, last = _hits(texts, distinct, right[some], left[some])
        result.left_covered[some], result.left_first[some], result.left_last[some] = covered, first, last
    found = slots(texts)
    n_slots = np.diff(found.offsets)
    for part in _chunks(left[worth], n_slots[right[worth]]):
        some = worth[part]
        places, pairs = _spread(found.offsets, right[some])
        own, owners = _spread(found.offsets, np.unique(left[some]))
        owner = np.searchsorted(np.unique(left[some]), left[some])[pairs]
        known = KeySet(keyed(found.contexts[own], owners)).contains(keyed(found.contexts[places], owner))
        whole = found.contexts ^ found.values
        same = KeySet(keyed(whole[own], owners)).contains(keyed(whole[places], owner))
        result.slots[some] = np.bincount(pairs, known, len(some))
        result.changed[some] = np.bincount(pairs, known & ~same, len(some))
    return result


def _distinct(texts: Shingled) -> Flags:
    """Which shingles stand for the first time in their text."""
    owners = np.repeat(np.arange(len(texts)), texts.n_tokens)
    distinct: Flags = texts.shingles != 0
    distinct[distinct] = first_of_each(keyed(texts.shingles[distinct], owners[distinct]))
    return distinct


def _sums(flags: Flags, offsets: Indices) -> Indices:
    sums = np.zeros(len(flags) + 1, np.int64)
    np.cumsum(flags, out=sums[1:])
    return np.diff(sums[offsets])


def _chunks(by: Indices, costs: Indices) -> Iterator[Indices]:
    """Cut pairs, those with the same first document together, where their costs add up."""
    order = np.argsort(by, kind="stable")
    spent = np.cumsum(costs[order])
    start = 0
    while start < len(order):
        before = spent[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(spent, before + _CHUNK)))
        yield order[start:stop]
        start = stop


def _spread(offsets: Indices, rows: Indices) -> tuple[Indices, Indices]:
    """The places of all values of some rows, one row after another, and the number in `rows` of each."""
    lengths = offsets[rows + 1] - offsets[rows]
    ends = np.cumsum(lengths)
    owner = np.repeat(np.arange(len(rows)), lengths)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(offsets[rows] - ends + lengths, lengths)
    return places, owner


def _hits(
    texts: Shingled, distinct: Flags, known: Indices, asked: Indices
) -> tuple[Indices, Indices, Indices, Indices]:
    """For each pair: shingles of `asked` that `known` has too, distinct; tokens they cover; the first, behind the last."""
    rows, owner_of = np.unique(known, return_inverse=True)
    own, owners = _spread(texts.offsets, rows)
    shingles = texts.shingles[own]
    real = shingles != 0
    table = KeySet(keyed(shingles[real], owners[real]))
    places, pairs = _spread(texts.offsets, asked)
    hits = np.flatnonzero(table.contains(keyed(texts.shingles[places], owner_of[pairs])))
    pair, place = pairs[hits], places[hits]
    count = len(asked)
    shared = np.bincount(pair, distinct[place], count).astype(np.int64)
    width = np.minimum(texts.widths, texts.n_tokens)[asked]
    same = pair[1:] == pair[:-1]
    reach = width[pair]
    reach[:-1][same] = np.minimum(reach[:-1][same], np.diff(place)[same])
    covered = np.bincount(pair, reach, count).astype(np.int64)
    first, last = np.zeros(count, np.int64), np.zeros(count, np.int64)
    begins = np.flatnonzero(np.concatenate([[True], ~same])) if len(pair) else np.zeros(0, np.int64)
    ends = np.append(begins[1:], len(pair))[: len(begins)] - 1
    first[pair[begins]] = place[begins] - texts.offsets[asked[pair[begins]]]
    last[pair[begins]] = place[ends] - texts.offsets[asked[pair[begins]]] + width[pair[begins]]
    return shared, covered, first, last
