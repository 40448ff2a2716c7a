"""Signatures and texts to the copies among them and the document that stands for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from corpusprep.deduping.against import find_known
from corpusprep.deduping.candidates import candidates
from corpusprep.deduping.clusters import Edges, stars
from corpusprep.deduping.documents import Documents, gather
from corpusprep.deduping.frames import Gaps, refilled, renumbered
from corpusprep.deduping.numbers import compare_slots, is_template
from corpusprep.deduping.overlap import Overlap, compare
from corpusprep.deduping.pairs import Pairs, components
from corpusprep.deduping.ranking import ages, best_of_alike, fullness, preference, ranks
from corpusprep.deduping.relations import BETWEEN_COPIES, CONTAINMENT, Relation, relate, same_version
from corpusprep.deduping.reports import Judged, Standing, clusters_table, copies_table, links_table
from corpusprep.deduping.texts import Fetch, Texts, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corpusprep.config import DedupeConfig
    from corpusprep.deduping.ranking import Ages
    from corpusprep.deduping.relations import Related

__all__ = ["Matches", "match"]

Indices = npt.NDArray[np.int64]


_ROUNDS = 8
"""Times that copies of copies are compared with what stands for those; more than three are hardly ever needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Pairs, what they share, and where they differ in a few words."""

    pairs: Pairs
    overlap: Overlap
    gaps: Gaps

    @classmethod
    def of(cls, pairs: Pairs, slots: tuple[Indices, Indices], texts: Texts) -> Compared:
        """Compare pairs of documents whose texts are loaded; slots: see `compare_slots`."""
        overlap, gaps = compare(texts, texts.row[pairs.left], texts.row[pairs.right])
        overlap.slots[:], overlap.changed[:] = slots
        return cls(pairs, overlap, gaps)

    def extend(self, more: Compared) -> Compared:
        """These pairs and then more."""
        gaps = Gaps(more.gaps.pair + len(self.pairs), more.gaps.right, more.gaps.start, more.gaps.stop)
        return Compared(self.pairs.extend(more.pairs), self.overlap.extend(more.overlap), Gaps.join([self.gaps, gaps]))


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """What was found, in tables sorted by id.

    duplicates: one row for every copy that leaves: id, source_id, source, record, kept_id, kept_source_id, cluster_id,
    relation, method, resemblance, containment, evidence.
    links: the same columns where a relation was found but the document stays: relations that the config does not drop,
    and items contained in a round-up.
    clusters: id, cluster_id (the smallest id in the cluster), cluster_size for every document that has copies.
    known: the columns of duplicates for documents that an older release has, where kept_id and cluster_id are ids of that
    release; they leave too, and stand in no other table.
    """

    duplicates: pa.Table
    links: pa.Table
    clusters: pa.Table
    known: pa.Table


def match(
    signatures: Iterable[pa.Table],
    fetch: Fetch,
    config: DedupeConfig,
    against: Iterable[pa.Table] = (),
) -> Matches:
    """Find the copies among signed documents.

    signatures: tables from `sign`, in any order; ids must differ. fetch: gives a table with `id` and `text` of the ids
    asked for, some thousand at a time and only of documents that may be copies. The order of tables and rows changes
    nothing. against: signatures of older releases; what those have already leaves first.
    Raises InputError for signatures of another algorithm and for ids that `fetch` does not know.
    """
    documents = gather(signatures)
    known = find_known(documents, against)
    if len(known.numbers):
        documents = documents.without(known.numbers)
    own = np.flatnonzero(documents.alike == np.arange(len(documents)))
    found = candidates(documents.sketches.take(own), documents.n_shingles[own])
    pairs, slots = _no_templates(documents, Pairs(own[found.left], own[found.right]))
    wanted = np.zeros(len(documents), np.bool_)
    wanted[pairs.left] = wanted[pairs.right] = True
    texts = load(documents, wanted, fetch)
    standing, judged = _settle(documents, texts, Compared.of(pairs, slots, texts), config)
    return Matches(
        copies_table(standing, judged, config.drop),
        pa.concat_tables([links_table(standing, judged, config.drop), known.links]).sort_by(
            [("id", "ascending"), ("kept_id", "ascending")]
        ),
        clusters_table(standing),
        known.rows,
    )


def _no_templates(documents: Documents, pairs: Pairs) -> tuple[Pairs, tuple[Indices, Indices]]:
    """The pairs that are not two fillings of one frame; the numbers they have in the same places, and those that differ."""
    both, changed = compare_slots(documents.slots, pairs.left, pairs.right)
    words = documents.words
    kept = np.flatnonzero(~is_template(both, changed, np.minimum(words[pairs.left], words[pairs.right])))
    return pairs.take(kept), (both[kept], changed[kept])


def _settle(documents: Documents, texts: Texts, compared: Compared, config: DedupeConfig) -> tuple[Standing, Judged]:
    wanted = _touched(documents, compared.pairs)
    age, first = ages(documents, wanted)
    place = preference(documents, wanted, config.prefer)
    best = best_of_alike(documents.alike, place, first)
    keys = (place[best], first[best], best)
    least = np.full(len(compared.pairs), CONTAINMENT)
    for _ in range(_ROUNDS):
        judged = _judge(compared, texts, age, least)
        kept, pair = _choose(judged, keys, len(documents))
        wider = _between_copies(judged, kept)
        known = np.isin(wider.keys, compared.pairs.keys)
        nearer = np.isin(compared.pairs.keys, wider.keys) & (least > BETWEEN_COPIES)
        more, slots = _no_templates(documents, wider.take(~known))
        if not len(more) and not nearer.any():
            break
        compared = compared.extend(Compared.of(more, slots, texts))
        least = np.concatenate([np.where(nearer, BETWEEN_COPIES, least), np.full(len(more), BETWEEN_COPIES)])
    if Relation.CONTAINED.label in config.drop:
        _drop_items(judged, kept, pair)
    alike = documents.alike
    return Standing(documents, best[kept[alike]], np.where(alike == kept[alike], -1, pair[alike])), judged


def _drop_items(judged: Judged, kept: Indices, pair: Indices) -> None:
    """Let items go for their round-ups, in place: those that stand for no copy, for round-ups that are no items themselves."""
    numbers = np.flatnonzero(judged.related.relation == Relation.CONTAINED)
    outer_left = judged.related.left_stands[numbers]
    left, right = judged.pairs.left[numbers], judged.pairs.right[numbers]
    inner, outer = np.where(outer_left, right, left), np.where(outer_left, left, right)
    alone = (kept[inner] == inner) & (np.bincount(kept, minlength=len(kept))[inner] == 1)
    goes = np.flatnonzero(alone & (kept[outer] == outer) & ~np.isin(outer, inner))[::-1]  # the first is written last
    kept[inner[goes]], pair[inner[goes]] = outer[goes], numbers[goes]


def _touched(documents: Documents, pairs: Pairs) -> Indices:
    """Documents that are in a pair or alike to another, and those alike to them."""
    count = len(documents)
    touched = np.bincount(documents.alike, minlength=count) > 1
    touched[pairs.left] = touched[pairs.right] = True
    return np.flatnonzero(touched[documents.alike])


def _judge(compared: Compared, texts: Texts, age: Ages, least: npt.NDArray[np.float64]) -> Judged:
    pairs, overlap = compared.pairs, compared.overlap
    order = age.shared(pairs.take(same_version(overlap, age.order(pairs)))).order(pairs)
    related = relate(overlap, order, least)
    rows = texts.row[pairs.left], texts.row[pairs.right]
    frames = refilled(texts, rows, compared.gaps, related.merges, overlap.near)
    frames |= related.merges & renumbered(texts, rows, compared.gaps, overlap)
    return Judged(pairs, overlap, related.without(frames))


def _choose(judged: Judged, keys: tuple[Indices, ...], count: int) -> tuple[Indices, Indices]:
    merged = np.flatnonzero(judged.related.merges)
    some = judged.pairs.take(merged)
    full, cluttered = fullness(some, judged.overlap.take(merged), count)
    return stars(_edges(some, judged.related, merged), ranks(some, full, cluttered.astype(np.int64), *keys))


def _edges(pairs: Pairs, related: Related, merged: Indices) -> Edges:
    left, right = related.left_stands[merged], related.right_stands[merged]
    return Edges(
        np.concatenate([pairs.left[left], pairs.right[right]]),
        np.concatenate([pairs.right[left], pairs.left[right]]),
        np.concatenate([~right[left], ~left[right]]),
        np.concatenate([merged[left], merged[right]]),
    )


def _between_copies(judged: Judged, kept: Indices) -> Pairs:
    """Documents that stand, paired with those that are copies of a copy of theirs but went to another or to none.

    And all that stand in what hangs together, with the one of them that stands for most.
    """
    merged = np.flatnonzero(judged.related.merges)
    pairs = judged.pairs.take(merged)
    one = np.concatenate([pairs.left, pairs.right])
    other = kept[np.concatenate([pairs.right, pairs.left])]
    apart = kept[one] != other
    stands = np.unique(kept[one])
    root = components(pairs, len(kept))[stands]
    order = np.lexsort((stands, -np.bincount(kept)[stands], root))
    first = np.searchsorted(root[order], root)
    most = stands[order[first]]
    others = np.flatnonzero(most != stands)
    return Pairs.of(np.concatenate([one[apart], stands[others]]), np.concatenate([other[apart], most[others]]))
