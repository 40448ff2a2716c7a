"""Ids: the key of each record, but for records that share one."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from corpusprep.articles import told_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["exceptions"]

_AT_ONCE = 50_000_000
"""Records whose keys are held at once, 8 bytes each; beyond, the tables are read once more for every further share."""

_Record = tuple[str, bool, str, str, str, int, str, int]
"""Key, whether the fetch date is unknown, that date, content_sha256, source, record, chunk, row."""

_COLUMNS = ["key", "fetched", "content_sha256", "source", "record"]


def exceptions(
    chunks: Sequence[str], read: Callable[[str, list[str]], pa.Table], records: int
) -> Mapping[str, Mapping[int, str]]:
    """The ids that differ from their key: chunk -> row -> id.

    chunks: names of tables with the columns key, fetched, content_sha256, source and record; `read` gives some columns of one.
    records: rows of all of them. The result does not depend on how the rows are spread over chunks.
    """
    found: defaultdict[str, dict[int, str]] = defaultdict(dict)
    shares = -(-records // _AT_ONCE) or 1
    for share in range(shares):
        shared = _shared(chunks, read, shares, share)
        if len(shared):
            _tell_apart(_collect(chunks, read, shared), found)
    return found


def _heads(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """The first 64 bits of each key; two keys that agree in them are compared in full later."""
    keys = table.column("key").to_pylist()
    return np.array([int(key[:16], 16) for key in keys], np.uint64)


def _shared(
    chunks: Sequence[str], read: Callable[[str, list[str]], pa.Table], shares: int, share: int
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    parts = []
    for chunk in chunks:
        heads = _heads(read(chunk, ["key"]))
        parts.append(heads if shares == 1 else heads[heads % np.uint64(shares) == share])
    heads = np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.uint64)
    return np.unique(heads[1:][heads[1:] == heads[:-1]])


def _collect(
    chunks: Sequence[str],
    read: Callable[[str, list[str]], pa.Table],
    shared: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> list[_Record]:
    """The records that may share their key, sorted by it and, among equal ones, in the order in which they come to their ids."""
    rows: list[_Record] = []
    for chunk in chunks:
        heads = _heads(read(chunk, ["key"]))
        at = np.flatnonzero(shared[np.minimum(np.searchsorted(shared, heads), len(shared) - 1)] == heads)
        if len(at):
            some = read(chunk, _COLUMNS).take(pa.array(at)).to_pydict()
            rows.extend(
                (key, fetched == "", fetched, content, source, record, chunk, row)
                for key, fetched, content, source, record, row in zip(
                    *(some[name] for name in _COLUMNS), at.tolist(), strict=True
                )
            )
    return sorted(rows)


def _tell_apart(rows: Sequence[_Record], found: defaultdict[str, dict[int, str]]) -> None:
    before = ""
    copies: Counter[str] = Counter()
    for key, _, _, content, _, _, chunk, row in rows:
        if key != before:  # the first of a key keeps it
            before = key
            copies.clear()
        else:
            found[chunk][row] = told_apart(key, content, copies[content])
        copies[content] += 1
