"""The signed documents of a corpus as columns, sorted by id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.deduping.pairs import Pairs, components
from corpusprep.deduping.ragged import Ragged
from corpusprep.deduping.signing import SCHEMA, check
from corpusprep.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Documents", "gather"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Documents:
    """Signatures, sorted by id and numbered from 0 in that order.

    arrival: the numbers in the order in which the signatures came. alike: for each document the first with the same bytes or the same folded tokens (itself where there is none before).
    """

    table: pa.Table
    n_tokens: Indices
    n_shingles: Indices
    sketches: Ragged
    slots: Ragged
    arrival: Indices
    alike: Indices

    def __len__(self) -> int:
        return len(self.table)

    @property
    def words(self) -> npt.NDArray[np.float64]:
        """Words of each document; where they are not spaced, as many as say about as much."""
        words: npt.NDArray[np.float64] = self.n_tokens * 5 / np.maximum(self.table.column("width").to_numpy(), 1)
        return words

    def without(self, numbers: Indices) -> Documents:
        """All but some."""
        kept = np.ones(len(self), np.bool_)
        kept[numbers] = False
        left = np.flatnonzero(kept)
        number = np.cumsum(kept) - 1
        arrival = number[self.arrival[kept[self.arrival]]]
        return _documents(self.table.take(left), self.sketches.take(left), self.slots.take(left), arrival)

    def ids(self, numbers: Indices) -> list[str]:
        """Ids of some documents."""
        return self.strings("id", numbers)

    def strings(self, column: str, numbers: Indices) -> list[str]:
        """Values of a string column for some documents."""
        return self.column(column, numbers).to_pylist()  # type: ignore[no-any-return]

    def column(self, name: str, numbers: Indices) -> pa.Array:
        """Values of a column for some documents, in one piece."""
        values = self.table.column(name).take(pa.array(numbers)).combine_chunks()
        return values.chunk(0) if isinstance(values, pa.ChunkedArray) else values


def gather(signatures: Iterable[pa.Table]) -> Documents:
    """Put signatures in order; raises InputError for another algorithm's, and for an id that comes twice."""
    tables = [SCHEMA.empty_table()]
    for table in signatures:
        check(table, "match")
        tables.append(table)
    table = pa.concat_tables(tables)
    sketches, slots = (_lists(table.column(name)) for name in ("sketch", "slots"))
    table = table.drop_columns(["sketch", "slots"])
    order = pc.sort_indices(table, sort_keys=[("id", "ascending")]).to_numpy().astype(np.int64)
    table = table.take(order).combine_chunks()
    ids = table.column("id")
    if len(table) > 1:
        again = pc.equal(ids.slice(1), ids.slice(0, len(ids) - 1))
        if pc.any(again).as_py():
            one = ids.slice(1).filter(again)[0].as_py()
            raise InputError(f"two documents have the id {one!r}", where="match", do="give each its own")
    return _documents(table, sketches.take(order), slots.take(order), np.argsort(order))


def _documents(table: pa.Table, sketches: Ragged, slots: Ragged, arrival: Indices) -> Documents:
    n_tokens, n_shingles = (table.column(name).to_numpy() for name in ("n_tokens", "n_shingles"))
    return Documents(table, n_tokens, n_shingles, sketches, slots, arrival, _alike(table, n_tokens))


def _lists(column: pa.ChunkedArray) -> Ragged:
    lists = column.combine_chunks()
    lists = lists.chunk(0) if isinstance(lists, pa.ChunkedArray) else lists
    return Ragged(lists.offsets.to_numpy().astype(np.int64), lists.values.to_numpy())


def _alike(table: pa.Table, n_tokens: Indices) -> Indices:
    count = len(table)
    everyone = np.arange(count)
    left, right = [], []
    # Two texts without any token are alike in nothing but their emptiness.
    for name, eligible in (
        ("digest", n_tokens > 0),
        ("content_sha256", pc.not_equal(table["content_sha256"], "").to_numpy()),
    ):
        codes = pc.dictionary_encode(table.column(name)).combine_chunks()
        codes = codes.chunk(0) if isinstance(codes, pa.ChunkedArray) else codes
        index = codes.indices.to_numpy()
        first = np.full(len(codes.dictionary), count, np.int64)
        np.minimum.at(first, index, everyone)
        other = first[index]
        known = np.flatnonzero((other != everyone) & eligible)
        left.append(other[known])
        right.append(known)
    return components(Pairs(np.concatenate(left), np.concatenate(right)), count)
