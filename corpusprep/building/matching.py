"""The pass that finds copies: signatures of all articles to who left, for whom, and in which cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from corpusprep.building.grouping import match_in_groups
from corpusprep.building.store import take_rows
from corpusprep.deduping import match

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from corpusprep.building.store import Store
    from corpusprep.config import DedupeConfig
    from corpusprep.engine import Engine

__all__ = ["Ids", "find_copies", "ids_of"]

IdArray = np.ndarray[tuple[int], np.dtype[np.bytes_]]

_TASK = "copies"


_AT_ONCE = 500_000
"""Documents that are matched at once, in this process; more are matched group by group, on the engine."""


def find_copies(
    store: Store, chunks: Sequence[tuple[str, int]], config: DedupeConfig, engine: Engine
) -> tuple[pa.Table, pa.Table]:
    """The tables `duplicates` (those that leave) and `clusters` of `deduping.match`, committed once and read again on resuming.

    chunks: with the number of records in each.
    """
    if store.facts("match", _TASK) is None:
        names = [name for name, _ in chunks]
        if sum(rows for _, rows in chunks) <= _AT_ONCE:
            matches = match(_signatures(store, names), _Texts(store, names).fetch, config)
            duplicates, clusters = matches.duplicates, matches.clusters
        else:
            duplicates, clusters = match_in_groups(store, chunks, config, engine)
        store.write("match", "duplicates.arrow", duplicates)
        store.write("match", "clusters.arrow", clusters)
        store.finish("match", _TASK, {"duplicates": duplicates.num_rows})
    return store.read("match", "duplicates.arrow"), store.read("match", "clusters.arrow")


def _signatures(store: Store, chunks: Sequence[str]) -> Iterator[pa.Table]:
    for chunk in chunks:
        if store.path("label", f"{chunk}.signatures.arrow").exists():
            yield store.read("label", f"{chunk}.signatures.arrow")


def ids_of(table: pa.Table | pa.RecordBatch, column: str = "id") -> IdArray:
    """A column of ids, all of 32 hex digits, as an array."""
    return np.array([one.encode() for one in table.column(column).to_pylist()], "S32")


class Ids:
    """The rows of ids in a table, by binary search: 40 bytes an id."""

    def __init__(self, ids: IdArray) -> None:
        self._order = np.argsort(ids, kind="stable")
        self._sorted = ids[self._order]

    def find(self, ids: IdArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The row of each id, -1 for one that is not there."""
        if not len(self._sorted):
            return np.full(len(ids), -1, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, ids), len(self._sorted) - 1)
        return np.where(self._sorted[at] == ids, self._order[at], -1)


class _Texts:
    """Texts of articles by id, read from the committed chunks a batch at a time."""

    def __init__(self, store: Store, chunks: Sequence[str]) -> None:
        self._store, self._chunks = store, chunks
        columns = [ids_of(store.read("label", f"{chunk}.articles.arrow", ["id"])) for chunk in chunks]
        self._starts = np.cumsum([0, *map(len, columns)])
        self._ids = Ids(np.concatenate(columns) if columns else np.zeros(0, "S32"))

    def fetch(self, ids: Sequence[str]) -> pa.Table:
        """A table with id and text of the ids asked for, in any order."""
        rows = np.sort(self._ids.find(np.array([one.encode() for one in ids], "S32")))
        rows = rows[rows >= 0]
        homes = np.searchsorted(self._starts, rows, side="right") - 1
        parts = []
        for home in np.unique(homes).tolist():
            file = self._store.path("label", f"{self._chunks[home]}.articles.arrow")
            parts.append(take_rows(file, rows[homes == home] - self._starts[home], ["id", "text"]))
        return (
            pa.concat_tables(parts)
            if parts
            else pa.table({"id": pa.array([], "string"), "text": pa.array([], "string")})
        )
