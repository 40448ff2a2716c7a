"""Signatures and texts to the copies among them and the document that stands for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.candidates import candidates
from corpusprep.deduping.clusters import Edges, stars
from corpusprep.deduping.documents import Documents, gather
from corpusprep.deduping.pairs import Pairs
from corpusprep.deduping.ranking import ages, best_of_alike, fullness, preference, ranks
from corpusprep.deduping.relations import Related, Relation, relate
from corpusprep.deduping.reports import Judged, Standing, clusters_table, copies_table, links_table
from corpusprep.deduping.verify import Fetch, verify

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from corpusprep.config import DedupeConfig
    from corpusprep.deduping.overlap import Overlap

__all__ = ["Matches", "match"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """What was found, in tables sorted by id.

    duplicates: one row for every copy that leaves: id, source_id, source, record, kept_id, kept_source_id, cluster_id,
    relation, method, resemblance, containment, evidence.
    links: the same columns where a relation was found but the document stays: relations that the config does not drop,
    and items contained in a round-up.
    clusters: id, cluster_id (the smallest id in the cluster), cluster_size for every document that has copies.
    """

    duplicates: pa.Table
    links: pa.Table
    clusters: pa.Table


def match(signatures: Iterable[pa.Table], fetch: Fetch, config: DedupeConfig) -> Matches:
    """Find the copies among signed documents.

    signatures: tables from `sign`, in any order; ids must differ. fetch: gives a table with `id` and `text` of the ids
    asked for, some thousand at a time and only of documents that may be copies. The order of tables and rows changes
    nothing. Raises InputError for signatures of another algorithm and for ids that `fetch` does not know.
    """
    documents = gather(signatures)
    own = np.flatnonzero(documents.alike == np.arange(len(documents)))
    found = candidates(documents.sketches_of(own), documents.n_shingles[own])
    pairs = Pairs(own[found.left], own[found.right])
    overlap = verify(pairs, documents.table.column("id"), documents.n_tokens, fetch)
    return _settle(documents, pairs, overlap, config)


def _settle(documents: Documents, pairs: Pairs, overlap: Overlap, config: DedupeConfig) -> Matches:
    alike, count = documents.alike, len(documents)
    copied = np.bincount(alike, minlength=count) > 1
    touched = np.zeros(count, np.bool_)
    touched[pairs.left] = touched[pairs.right] = True
    wanted = np.flatnonzero((copied | touched)[alike])
    age, first = ages(documents, wanted)
    related = relate(overlap, age.order(pairs))
    merged = np.flatnonzero((related.relation != Relation.NONE) & (related.relation != Relation.CONTAINED))
    place = preference(documents, wanted, config.prefer)
    best = best_of_alike(alike, place, first)
    some = Pairs(pairs.left[merged], pairs.right[merged])
    full = fullness(some, overlap.take(merged), count)
    rank = ranks(some, full, place[best], first[best], best)
    kept, pair = stars(_edges(some, related, merged), rank)
    judged = Judged(pairs, overlap, related)
    standing = Standing(documents, best[kept[alike]], np.where(alike == kept[alike], -1, pair[alike]))
    return Matches(
        copies_table(standing, judged, config.drop),
        links_table(standing, judged, config.drop),
        clusters_table(standing),
    )


def _edges(pairs: Pairs, related: Related, merged: Indices) -> Edges:
    left, right = related.left_stands[merged], related.right_stands[merged]
    return Edges(
        np.concatenate([pairs.left[left], pairs.right[right]]),
        np.concatenate([pairs.right[left], pairs.left[right]]),
        np.concatenate([~right[left], ~left[right]]),
        np.concatenate([merged[left], merged[right]]),
    )
