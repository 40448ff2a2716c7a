"""Pairs of documents that may be copies, from their sketches alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.keyset import KeySet
from corpusprep.deduping.pairs import Pairs
from corpusprep.deduping.ragged import count_shared
from corpusprep.deduping.signing import rates

if TYPE_CHECKING:
    from corpusprep.deduping.ragged import Ragged

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
_WORTH = 0.2
"""Share of the smaller sketch that two documents must have in common to be looked at: well below what makes a copy
(see `relations`), because a sketch is a sample."""
_EVENTS = 1 << 25  # pairs held at once, before they are counted


_Counted = tuple[Hashes, Indices | None]
"""Keys of pairs, sorted and each once with its number; or as they were found, without numbers."""


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
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])) if len(entries) else np.zeros(0, int)
    sizes = np.diff(np.append(starts, len(entries)))
    hot = hashes[starts[sizes > _BUCKET]]
    is_hot = np.repeat(sizes > _BUCKET, sizes)
    hot_of = np.bincount((entries[is_hot] & _DOCUMENTS).astype(np.int64), minlength=count)
    del hashes, starts
    cold = _paired(entries[~is_hot], _BUCKET - 1)
    keys, counts = _count([*cold, *_hot(sketches, hot)])
    left, right = (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(0xFFFFFFFF)).astype(np.int64)
    fewest = np.minimum(n_shingles[left], n_shingles[right])
    least = np.maximum(1, _WORTH * fewest * np.minimum(rates(n_shingles[left]), rates(n_shingles[right])))
    # Hot hashes of both may be common to them without having paired them: those pairs are counted again.
    open_ = np.flatnonzero((counts < least) & (counts + np.minimum(hot_of[left], hot_of[right]) >= least))
    counts[open_] = count_shared(sketches, left[open_], right[open_])
    kept = counts >= least
    return Pairs(left[kept], right[kept])


def _distinct(entries: Hashes) -> Hashes:
    """Each document once under each hash."""
    if not len(entries):
        return entries
    kept: Hashes = entries[np.concatenate([[True], entries[1:] != entries[:-1]])]
    return kept


def _shared(entries: Hashes) -> Hashes:
    """Those whose hash another document has as well."""
    if not len(entries):
        return entries
    hashes = entries >> _DOCUMENT_BITS
    same = hashes[1:] == hashes[:-1]
    kept: Hashes = entries[np.concatenate([same, [False]]) | np.concatenate([[False], same])]
    return kept


def _paired(entries: Hashes, reach: int) -> list[_Counted]:
    """Pair each document with the next ones under the same hash; counted now and then, to hold few at once."""
    counted: list[_Counted] = []
    held: list[Hashes] = []
    size = 0
    hashes, documents = entries >> _DOCUMENT_BITS, entries & _DOCUMENTS
    for step in range(1, reach + 1):
        near = np.flatnonzero(hashes[step:] == hashes[:-step])
        if not len(near):
            break
        a, b = documents[near], documents[near + step]
        held.append((np.minimum(a, b) << np.uint64(32)) | np.maximum(a, b))
        size += len(near)
        if size > _EVENTS:
            counted, held, size = [_count(counted + [(keys, None) for keys in held])], [], 0
    return counted + [(keys, None) for keys in held]


def _hot(sketches: Ragged, hot: Hashes) -> list[_Counted]:
    """Pair neighbours under each hot hash, in the order of the hash that follows it in each text.

    Copies share that one too and come to lie side by side, while texts with nothing but a phrase in common scatter. So
    a story that a thousand sites carry is found at a cost that grows with its copies, not with their square.
    """
    if not len(hot):
        return []
    places = np.flatnonzero(KeySet(hot).contains(sketches.values & _HASHES))
    owner = np.searchsorted(sketches.offsets, places, side="right") - 1
    last = places + 1 == sketches.offsets[owner + 1]
    follows = sketches.values[np.where(last, sketches.offsets[owner], places + 1)] & _HASHES
    here = sketches.values[places] & _HASHES
    order = np.lexsort((owner, follows, here))
    here, owner = here[order], owner[order].astype(np.uint64)
    keys = []
    for step in range(1, _NEAR + 1):
        near = np.flatnonzero((here[step:] == here[:-step]) & (owner[step:] != owner[:-step]))
        a, b = owner[near], owner[near + step]
        keys.append((np.minimum(a, b) << np.uint64(32)) | np.maximum(a, b))
    return [(key, None) for key in keys]


def _count(parts: list[_Counted]) -> tuple[Hashes, Indices]:
    """Each key once, sorted, with its number."""
    plain = [keys for keys, counts in parts if counts is None]
    keys = np.sort(np.concatenate(plain)) if plain else np.zeros(0, np.uint64)
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
    counts = np.diff(np.append(first, len(keys)))
    keys = keys[first]
    for known, numbers in ((k, n) for k, n in parts if n is not None):
        both = np.concatenate([keys, known])
        order = np.argsort(both, kind="stable")
        both, tally = both[order], np.concatenate([counts, numbers])[order]
        first = np.flatnonzero(np.concatenate([[True], both[1:] != both[:-1]])) if len(both) else np.zeros(0, np.int64)
        keys, counts = both[first], np.add.reduceat(tally, first) if len(first) else tally
    return keys, counts
