"""Pairs of documents that may be copies, from their sketches alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.pairs import Pairs
from corpusprep.deduping.ragged import Ragged, count_shared
from corpusprep.deduping.signing import rates

__all__ = ["candidates"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_HASH_BITS = 40
_DOCUMENT_BITS = np.uint64(24)
_HASHES = np.uint64((1 << _HASH_BITS) - 1)
_DOCUMENTS = np.uint64((1 << 24) - 1)

_BUCKET = 16
"""Documents that may share a hash before it is hot. Of a hot hash only neighbours are paired (see `_hot`)."""
_NEAR = 6
_FOLLOW_BITS = 16  # of the hash that follows; so there is room for 2^24 hot hashes
_WORTH = 0.2
"""Share of the smaller sketch that two documents must have in common to be looked at: well below what makes a copy
(see `relations`), because a sketch is a sample; and up to one hash more, because any two may have a phrase in common."""
_EVENTS = 1 << 25  # pairs held at once, before they are counted


def candidates(sketches: Ragged, n_shingles: Indices) -> Pairs:
    """Pair documents whose sketches have enough in common.

    sketches: row i is the sketch of document i; n_shingles: its number of shingles. Needs about 30 bytes of memory for
    each hash of all sketches.
    """
    count = len(sketches)
    if count > int(_DOCUMENTS):
        raise ValueError(f"{count} documents; {int(_DOCUMENTS)} is the most at once")
    entries = np.repeat(np.arange(count, dtype=np.uint64), sketches.lengths)
    entries |= (sketches.values & _HASHES) << _DOCUMENT_BITS
    entries.sort()
    entries = _shared(_distinct(entries))
    hashes = entries >> _DOCUMENT_BITS
    starts = np.flatnonzero(_begins(hashes))
    sizes = np.diff(np.append(starts, len(entries)))
    is_hot = np.repeat(sizes > _BUCKET, sizes)
    keys, counts = _paired(entries[~is_hot])
    hot = _by_document(entries[is_hot], count)
    more = np.setdiff1d(_neighbours(hot), keys, assume_unique=True)
    keys, counts = np.concatenate([keys, more]), np.concatenate([counts, np.zeros(len(more), np.int64)])
    left, right = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    expected = np.minimum(n_shingles[left], n_shingles[right]) * np.minimum(
        rates(n_shingles[left]), rates(n_shingles[right])
    )
    least = np.maximum(1, _WORTH * expected + np.minimum(1, expected / 20))
    warm = hot.lengths
    open_ = np.flatnonzero((counts < least) & (counts + np.minimum(warm[left], warm[right]) >= least))
    counts[open_] += count_shared(hot, left[open_], right[open_])
    kept = np.flatnonzero(counts >= least)
    kept = kept[np.argsort(keys[kept], kind="stable")]
    return Pairs(left[kept], right[kept])


def _begins(keys: Hashes) -> npt.NDArray[np.bool_]:
    """Which of sorted keys stand for the first time."""
    return np.concatenate([np.ones(min(1, len(keys)), np.bool_), keys[1:] != keys[:-1]])


def _distinct(entries: Hashes) -> Hashes:
    """Each document once under each hash."""
    kept: Hashes = entries[_begins(entries)]
    return kept


def _shared(entries: Hashes) -> Hashes:
    """Those whose hash another document has as well."""
    first = _begins(entries >> _DOCUMENT_BITS)
    alone = first.copy()
    alone[:-1] &= first[1:]
    kept: Hashes = entries[~alone]
    return kept


def _paired(entries: Hashes) -> tuple[Hashes, Indices]:
    """Pair all documents under a hash; each pair once, sorted, with the number of hashes. Counted now and then, to hold few."""
    known, counts = np.zeros(0, np.uint64), np.zeros(0, np.int64)
    held: list[Hashes] = []
    hashes, documents = entries >> _DOCUMENT_BITS, entries & _DOCUMENTS
    for step in range(1, _BUCKET):
        near = np.flatnonzero(hashes[step:] == hashes[:-step])
        if not len(near):
            break
        held.append((documents[near] << np.uint64(32)) | documents[near + step])
        if sum(map(len, held)) > _EVENTS:
            known, counts = _count(known, counts, held)
            held = []
    return _count(known, counts, held)


def _count(known: Hashes, counts: Indices, held: list[Hashes]) -> tuple[Hashes, Indices]:
    keys = np.sort(np.concatenate([np.zeros(0, np.uint64), *held]))
    first = np.flatnonzero(_begins(keys))
    numbers = np.diff(np.append(first, len(keys)))
    keys = keys[first]
    if not len(known):
        return keys, numbers
    both, tally = np.concatenate([known, keys]), np.concatenate([counts, numbers])
    order = np.argsort(both, kind="stable")
    both, tally = both[order], tally[order]
    first = np.flatnonzero(_begins(both))
    return both[first], np.add.reduceat(tally, first) if len(first) else tally


def _by_document(entries: Hashes, count: int) -> Ragged:
    """The hashes of each document, sorted."""
    turned = ((entries & _DOCUMENTS) << np.uint64(_HASH_BITS)) | (entries >> _DOCUMENT_BITS)
    turned.sort()
    owners = np.arange(count + 1, dtype=np.uint64) << np.uint64(_HASH_BITS)
    return Ragged(np.searchsorted(turned, owners), turned & _HASHES)


def _neighbours(hot: Ragged) -> Hashes:
    """Pair neighbours under each hot hash, in the order of the hash that follows it in each document; each pair once.

    Copies share that one too and come to lie side by side, while texts with nothing but a phrase in common scatter. So
    a story that a thousand sites carry is found at a cost that grows with its copies, not with their square.
    """
    owner = np.repeat(np.arange(len(hot)), hot.lengths)
    after = np.arange(1, len(owner) + 1)
    follows = hot.values[
        np.where(after == hot.offsets[owner + 1], hot.offsets[owner], np.minimum(after, len(after) - 1))
    ]
    rank = np.unique(hot.values, return_inverse=True)[1].astype(np.uint64)
    line = (rank << np.uint64(_FOLLOW_BITS)) | (follows & np.uint64((1 << _FOLLOW_BITS) - 1))
    line = (line << _DOCUMENT_BITS) | owner.astype(np.uint64)
    line.sort()
    here, owners = line >> np.uint64(_FOLLOW_BITS + 24), line & _DOCUMENTS
    keys = [np.zeros(0, np.uint64)]
    for step in range(1, _NEAR + 1):
        near = np.flatnonzero(here[step:] == here[:-step])
        one, other = owners[near], owners[near + step]
        keys.append((np.minimum(one, other) << np.uint64(32)) | np.maximum(one, other))
    found = np.sort(np.concatenate(keys))
    kept: Hashes = found[_begins(found)]
    return kept
