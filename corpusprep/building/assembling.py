"""The last pass: what the others committed, as the batches of the tables of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from corpusprep.building.matching import Ids, ids_of
from corpusprep.release.schemas import ARTICLES, DUPLICATES, RAW, REJECTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from corpusprep.building.store import Store

__all__ = ["tables"]

_LINKS = ("parent_id", "content_sha256")
"""Columns of a copy that the matching does not know."""


def tables(
    store: Store, chunks: Sequence[str], ids: Mapping[str, Mapping[int, str]], copies: tuple[pa.Table, pa.Table]
) -> dict[str, Iterator[pa.RecordBatch]]:
    """The tables of a release, each as a stream of batches; one chunk is in memory at a time.

    ids: ids that differ from the key, by chunk and row. copies: `duplicates` and `clusters` of the matching.
    """
    duplicates, clusters = copies
    return {
        "articles": _articles(store, chunks, duplicates, clusters),
        "duplicates": _duplicates(store, chunks, duplicates),
        "raw": _raw(store, chunks, ids),
        "rejected": _rejected(store, chunks),
    }


def _articles(
    store: Store, chunks: Sequence[str], duplicates: pa.Table, clusters: pa.Table
) -> Iterator[pa.RecordBatch]:
    left, clustered = Ids(ids_of(duplicates)), Ids(ids_of(clusters))
    for chunk in chunks:
        table = store.read("label", f"{chunk}.articles.arrow", ARTICLES.names)
        table = table.filter(pa.array(left.find(ids_of(table)) < 0))
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
        yield from table.to_batches()


def _duplicates(store: Store, chunks: Sequence[str], duplicates: pa.Table) -> Iterator[pa.RecordBatch]:
    if not duplicates.num_rows:
        return
    left = Ids(ids_of(duplicates))
    for chunk in chunks:
        links = store.read("label", f"{chunk}.articles.arrow", ["id", *_LINKS])
        row = left.find(ids_of(links))
        links = links.filter(pa.array(row >= 0))
        found = duplicates.take(pa.array(row[row >= 0]))
        for name in _LINKS:
            found = found.append_column(name, links.column(name))
        yield from found.select(DUPLICATES.names).to_batches()


def _raw(store: Store, chunks: Sequence[str], ids: Mapping[str, Mapping[int, str]]) -> Iterator[pa.RecordBatch]:
    columns = ["source", "record", "content_sha256", "decoding", "text"]
    for chunk in chunks:
        documents = store.read("render", f"{chunk}.arrow", ["key", *columns])
        others = ids.get(chunk, {})
        own = [others.get(row, key) for row, key in enumerate(documents.column("key").to_pylist())]
        spans = store.read("label", f"{chunk}.spans.arrow", ["spans"]).column("spans")
        table = documents.select(columns).append_column("id", pa.array(own, pa.string())).append_column("spans", spans)
        yield from table.filter(spans.is_valid()).select(RAW.names).to_batches()


def _rejected(store: Store, chunks: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for chunk in chunks:
        yield from store.read("label", f"{chunk}.rejected.arrow", REJECTED.names).to_batches()
