"""What was decided, as tables that a person can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusprep.deduping.relations import Relation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpusprep.deduping.documents import Documents
    from corpusprep.deduping.overlap import Overlap
    from corpusprep.deduping.pairs import Pairs
    from corpusprep.deduping.relations import Related

__all__ = ["CLUSTERS", "COPIES", "Judged", "Standing", "clusters_table", "copies_table", "links_table"]

Indices = npt.NDArray[np.int64]

COPIES = pa.schema(
    [
        ("id", pa.string()),
        ("source_id", pa.string()),
        ("source", pa.string()),
        ("record", pa.int64()),
        ("kept_id", pa.string()),
        ("kept_source_id", pa.string()),
        ("cluster_id", pa.string()),
        ("relation", pa.string()),
        ("method", pa.string()),
        ("resemblance", pa.float64()),
        ("containment", pa.float64()),
        ("evidence", pa.string()),
    ]
)
CLUSTERS = pa.schema([("id", pa.string()), ("cluster_id", pa.string()), ("cluster_size", pa.int64())])


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Pairs that were compared, what they share, and what follows from it."""

    pairs: Pairs
    overlap: Overlap
    related: Related


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """For each document the one kept for it (itself where it stays), and the number of the pair that says so.

    The number is -1 where both have the same bytes or tokens.
    """

    documents: Documents
    kept: Indices
    pair: Indices

    @property
    def cluster(self) -> Indices:
        """The smallest number in the cluster of each document."""
        smallest = np.arange(len(self.kept))
        np.minimum.at(smallest, self.kept, np.arange(len(self.kept)))
        return smallest[self.kept]


def clusters_table(standing: Standing) -> pa.Table:
    """id, cluster_id, cluster_size of every document that has copies."""
    cluster = standing.cluster
    size = np.bincount(cluster, minlength=len(cluster))[cluster]
    some = np.flatnonzero(size > 1)
    ids = standing.documents.table.column("id")
    return pa.table([ids.take(some), ids.take(cluster[some]), pa.array(size[some])], schema=CLUSTERS)


def copies_table(standing: Standing, judged: Judged, drop: Sequence[str]) -> pa.Table:
    """The documents that leave."""
    goes = _goes(standing, judged.related, drop)
    return _rows(standing, judged, goes, standing.kept[goes], standing.pair[goes])


def links_table(standing: Standing, judged: Judged, drop: Sequence[str]) -> pa.Table:
    """Relations of documents that stay: of copies whose relation is not dropped, and of items with their round-ups."""
    goes = _goes(standing, judged.related, drop)
    copies = np.setdiff1d(np.flatnonzero(standing.kept != np.arange(len(standing.kept))), goes)
    items = np.flatnonzero(judged.related.relation == Relation.CONTAINED)
    pairs, outer_left = judged.pairs, judged.related.left_stands[items]
    inner = np.where(outer_left, pairs.right[items], pairs.left[items])
    outer = np.where(outer_left, pairs.left[items], pairs.right[items])
    stays = ~np.isin(inner, goes) & ~np.isin(outer, goes)
    inner, outer, items = inner[stays], outer[stays], items[stays]
    numbers = np.concatenate([copies, inner])
    order = np.lexsort((np.concatenate([standing.kept[copies], outer]), numbers))
    return _rows(
        standing,
        judged,
        numbers[order],
        np.concatenate([standing.kept[copies], outer])[order],
        np.concatenate([standing.pair[copies], items])[order],
    )


def _goes(standing: Standing, related: Related, drop: Sequence[str]) -> Indices:
    dropped = np.array([relation.label in drop for relation in Relation])
    relation = (
        np.where(standing.pair >= 0, related.relation[standing.pair], Relation.DUPLICATE)
        if len(related.relation)
        else np.full(len(standing.kept), Relation.DUPLICATE)
    )
    away = standing.kept != np.arange(len(standing.kept))
    return np.flatnonzero(away & dropped[relation])


def _rows(standing: Standing, judged: Judged, numbers: Indices, kept: Indices, pair: Indices) -> pa.Table:
    table = standing.documents.table
    own, other = table.take(numbers), table.take(kept)
    near = np.flatnonzero(pair >= 0)
    resemblance, containment = np.ones(len(numbers)), np.ones(len(numbers))
    overlap = judged.overlap.take(pair[near])
    resemblance[near], containment[near] = overlap.resemblance, overlap.containment
    relation = np.full(len(numbers), Relation.DUPLICATE, np.int8)
    relation[near] = judged.related.relation[pair[near]]
    contents = zip(own.column("content_sha256").to_pylist(), other.column("content_sha256").to_pylist(), strict=True)
    method = np.array(["bytes" if a and a == b else "text" for a, b in contents], object)
    method[near] = "shingles"
    evidence = np.where(method == "bytes", "the same bytes", "the same words").astype(object)
    evidence[near] = _evidence(overlap, judged.pairs.left[pair[near]] == standing.documents.alike[numbers[near]])
    names = np.array([item.label for item in Relation], object)
    return pa.table(
        [
            *(own.column(name) for name in ("id", "source_id", "source", "record")),
            other.column("id"),
            other.column("source_id"),
            table.column("id").take(standing.cluster[numbers]),
            pa.array(names[relation], pa.string()),
            pa.array(method, pa.string()),
            pa.array(np.round(resemblance, 4)),
            pa.array(np.round(containment, 4)),
            pa.array(evidence, pa.string()),
        ],
        schema=COPIES,
    )


def _evidence(overlap: Overlap, left_goes: npt.NDArray[np.bool_]) -> list[str]:
    """What the pair shares, for a person: the document of the row first, then the one kept."""
    sides = overlap.left, overlap.right
    columns = [
        np.where(left_goes, getattr(mine, name), getattr(its, name)).tolist()
        for mine, its in (sides, sides[::-1])
        for name in ("covered", "prose")
    ]
    rows = zip(*columns, overlap.changed.tolist(), overlap.slots.tolist(), strict=True)
    return [
        f"{covered} of its {prose} words of text stand in the other, {others} of that one's {other_prose} in this; "
        f"{changed} of {slots} numbers differ"
        for covered, prose, others, other_prose, changed, slots in rows
    ]
