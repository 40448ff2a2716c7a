"""Rows of many lengths in one array, and the questions asked of pairs of rows, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.keyset import KeySet, salts

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Hits", "Ragged", "chunks", "count_shared", "hits", "spread"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_CHUNK = 1 << 16  # values looked up at once: what is made of them stays in the cache


@dataclass(frozen=True, slots=True, eq=False)
class Ragged:
    """Row i is values[offsets[i]:offsets[i + 1]]. A value of 0 stands for none."""

    offsets: Indices
    values: Hashes

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Indices:
        """Number of values of each row."""
        return np.diff(self.offsets)

    def take(self, rows: Indices) -> Ragged:
        """Some of the rows, in that order."""
        ends = np.cumsum(self.lengths[rows])
        return Ragged(np.concatenate([np.zeros(1, np.int64), ends]), self.values[spread(self.offsets, rows)])


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """Values of the asked rows that the known row of the same pair has too.

    place: of each in all values. bounds: pair i has the hits bounds[i] to bounds[i + 1].
    """

    place: Indices
    bounds: Indices


def spread(offsets: Indices, rows: Indices) -> Indices:
    """The places of all values of some rows, one row after another."""
    lengths = offsets[rows + 1] - offsets[rows]
    ends = np.cumsum(lengths)
    places = np.repeat(offsets[rows] - ends + lengths, lengths)
    places += np.arange(len(places))
    return places


def chunks(known: Indices, costs: Indices) -> Iterator[Indices]:
    """Cut pairs, those with the same known row together, where their costs add up."""
    order = np.argsort(known, kind="stable")
    spent = np.cumsum(costs[order])
    start = 0
    while start < len(order):
        before = spent[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(spent, before + _CHUNK)))
        yield order[start:stop]
        start = stop


def hits(rows: Ragged, known: Indices, asked: Indices) -> Hits:
    """Look up every value of each asked row in the known row of its pair; pairs with one known row stand together."""
    new = np.concatenate([np.ones(min(1, len(known)), np.bool_), known[1:] != known[:-1]])
    distinct, owner_of = known[new], np.cumsum(new) - 1
    salt = salts(len(distinct))
    own = rows.values[spread(rows.offsets, distinct)]
    keys = own ^ np.repeat(salt, rows.lengths[distinct])
    table = KeySet(keys[own != 0])
    lengths = rows.lengths[asked]
    places = spread(rows.offsets, asked)
    keys = rows.values[places]
    keys ^= np.repeat(salt[owner_of], lengths)
    found = np.flatnonzero(table.contains(keys))
    bounds = np.zeros(len(asked) + 1, np.int64)
    bounds[1:] = np.searchsorted(found, np.cumsum(lengths))
    return Hits(places[found], bounds)


def count_shared(rows: Ragged, left: Indices, right: Indices) -> Indices:
    """For each pair: values of the right row, repeated ones as often as they stand, that the left row has too."""
    result = np.zeros(len(left), np.int64)
    for some in chunks(left, rows.lengths[right]):
        result[some] = np.diff(hits(rows, left[some], right[some]).bounds)
    return result
