"""The last pass: what the others committed, as the batches of the tables of a release."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from corpusprep.building.matching import Ids, ids_of
from corpusprep.release.memory import PRINT
from corpusprep.release.schemas import ARTICLES, DUPLICATES, RAW, REJECTED, batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from corpusprep.building.store import Store

    Gone = Mapping[str, Mapping[int, str]]

__all__ = ["tables"]

_LINKS = ("parent_id", "content_sha256")
"""Columns of a copy that the matching does not know."""


_OF_ARTICLE = ("id", "source_id", "url", "source", "record", "site", "parent_id", "cluster_id", "cluster_size", "story")
_OF_REJECTED = ["source_id", "source", "record", "content_sha256"]
_OF_RAW = ("id", "source", "record")
"""Columns whose values do not follow from the key of a result."""


def tables(  # noqa: PLR0913, PLR0917  (all that the passes came to)
    store: Store,
    chunks: Sequence[str],
    ids: Mapping[str, Mapping[int, str]],
    copies: tuple[pa.Table, pa.Table],
    gone: Gone,
    under: str,
) -> dict[str, Iterator[pa.RecordBatch]]:
    """The tables of a release, each as a stream of batches; one chunk is in memory at a time.

    ids: ids that differ from the key, by chunk and row. copies: `duplicates` and `clusters` of the matching. gone: the rows of
    documents that are withdrawn, by chunk, and what is said of them. under: what all rows depend on, for their prints (see
    `release.memory`).
    """
    duplicates, clusters = copies
    return {
        "articles": _articles(store, chunks, (duplicates, clusters), gone, under),
        "duplicates": _duplicates(store, chunks, duplicates, gone),
        "raw": _raw(store, chunks, ids, gone, under),
        "rejected": _rejected(store, chunks, ids, gone),
    }


def _stays(rows: pa.ChunkedArray, gone: Mapping[int, str]) -> NDArray[np.bool_]:
    """Which rows are of documents that are not withdrawn."""
    return ~np.isin(rows.to_numpy(), list(gone))


def _articles(
    store: Store, chunks: Sequence[str], copies: tuple[pa.Table, pa.Table], gone: Gone, under: str
) -> Iterator[pa.RecordBatch]:
    duplicates, clusters = copies
    left, clustered = Ids(ids_of(duplicates)), Ids(ids_of(clusters))
    for chunk in chunks:
        table = store.read("label", f"{chunk}.articles.arrow", [*ARTICLES.names, "row", "story"])
        keys = store.read("label", f"{chunk}.spans.arrow", ["print"]).column("print").to_pylist()
        table = table.filter(
            pa.array((left.find(ids_of(table)) < 0) & _stays(table.column("row"), gone.get(chunk, {})))
        )
        own = ids_of(table)
        row = clustered.find(own)
        names = np.where(row >= 0, row, 0)
        if clusters.num_rows:
            name = np.where(row >= 0, ids_of(clusters.select(["cluster_id"]).take(pa.array(names)), "cluster_id"), own)
            size = np.where(row >= 0, clusters.column("cluster_size").take(pa.array(names)).to_numpy(), 1)
        else:
            name, size = own, np.ones(len(own), np.int64)
        columns = {
            "cluster_id": pa.array([one.decode() for one in name.tolist()], pa.string()),
            "cluster_size": pa.array(size),
        }
        for column, values in columns.items():
            table = table.set_column(table.schema.get_field_index(column), column, values)
        of_rows = [keys[row] for row in table.column("row").to_pylist()]
        yield from _printed(table, of_rows, _OF_ARTICLE, f"articles {under}").to_batches()


def _printed(table: pa.Table, keys: Sequence[bytes | None], names: Sequence[str], under: str) -> pa.Table:
    """The table with a column `print` that stands for all values of a row; keys: of the results that the rows hold."""
    others = zip(*(table.column(name).to_pylist() for name in names), strict=True)
    prints = [
        None if key is None else blake2b(key + repr((under, *values)).encode(), digest_size=16).digest()
        for key, values in zip(keys, others, strict=True)
    ]
    return table.append_column("print", pa.array(prints, PRINT))


def _duplicates(store: Store, chunks: Sequence[str], duplicates: pa.Table, gone: Gone) -> Iterator[pa.RecordBatch]:
    if not duplicates.num_rows:
        return
    left = Ids(ids_of(duplicates))
    for chunk in chunks:
        links = store.read("label", f"{chunk}.articles.arrow", ["id", "row", *_LINKS])
        links = links.filter(pa.array(_stays(links.column("row"), gone.get(chunk, {}))))
        row = left.find(ids_of(links))
        links = links.filter(pa.array(row >= 0))
        found = duplicates.take(pa.array(row[row >= 0]))
        for name in _LINKS:
            found = found.append_column(name, links.column(name))
        yield from found.select(DUPLICATES.names).to_batches()


def _raw(
    store: Store, chunks: Sequence[str], ids: Mapping[str, Mapping[int, str]], gone: Gone, under: str
) -> Iterator[pa.RecordBatch]:
    columns = ["source", "record", "content_sha256", "decoding", "text"]
    for chunk in chunks:
        documents = store.read("render", f"{chunk}.arrow", ["key", *columns])
        own = _own_ids(documents, ids.get(chunk, {}))
        labelled = store.read("label", f"{chunk}.spans.arrow", ["spans", "print"])
        spans = labelled.column("spans")
        table = documents.select(columns).append_column("id", pa.array(own, pa.string())).append_column("spans", spans)
        table = _printed(table, labelled.column("print").to_pylist(), _OF_RAW, f"raw {under}")
        stays = spans.is_valid().to_numpy() & _stays(pa.chunked_array([np.arange(len(own))]), gone.get(chunk, {}))
        yield from table.filter(pa.array(stays)).select([*RAW.names, "print"]).to_batches()


def _own_ids(documents: pa.Table, others: Mapping[int, str]) -> list[str]:
    return [others.get(row, key) for row, key in enumerate(documents.column("key").to_pylist())]


def _rejected(
    store: Store, chunks: Sequence[str], ids: Mapping[str, Mapping[int, str]], gone: Gone
) -> Iterator[pa.RecordBatch]:
    for chunk in chunks:
        table = store.read("label", f"{chunk}.rejected.arrow", [*REJECTED.names, "row"])
        rows = gone.get(chunk, {})
        yield from table.filter(pa.array(_stays(table.column("row"), rows))).select(REJECTED.names).to_batches()
        if rows:
            documents = store.read("render", f"{chunk}.arrow", ["key", *_OF_REJECTED])
            own = _own_ids(documents, ids.get(chunk, {}))
            facts = documents.select(_OF_REJECTED).take(pa.array(sorted(rows))).to_pylist()
            yield batch(
                "rejected",
                [
                    one | {"id": own[row], "stage": "withdraw", "reason": "withdrawn", "detail": rows[row]}
                    for row, one in zip(sorted(rows), facts, strict=True)
                ],
            )
