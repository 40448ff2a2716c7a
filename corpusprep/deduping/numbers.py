"""Numbers and the words around them: what tells a template from a copy.

A *slot* is a number with the two tokens before and the two after it; other numbers among those count as any number.
Two documents with the same slots but other numbers in them are two fillings of one frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.keyset import repeated, salts
from corpusprep.deduping.ragged import Ragged, count_shared
from corpusprep.deduping.shingles import mix

if TYPE_CHECKING:
    from corpusprep.deduping.shingles import Shingled

__all__ = ["SHARE", "compare_slots", "is_template", "slots"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]

_ANY_NUMBER = np.uint64(0x8CB92BA72F3D8DD7)
_NEIGHBOURS = {
    -2: np.uint64(0xA0761D6478BD642F),
    -1: np.uint64(0xE7037ED1A0B428DB),
    1: np.uint64(0x8EBC6AF09C88C6E3),
    2: np.uint64(0x589965CC75374CC3),
}
_VALUE_BITS = np.uint64(24)
_MOST = 64  # slots kept of a text

_CHANGED = 2  # numbers
SHARE = 0.4
"""Of the slots that both texts have, those with another number in a text that was filled in anew."""
_WORDS = 50  # in which one number differs at least


def slots(part: Shingled) -> Ragged:
    """Find the slots of each text: the hash of the words around (40 bits) and that of the number (24 bits) in one value.

    Beyond the ends of a text stands nothing, which counts as a token too. Words that stand around several numbers of a
    text, as in a table, say nothing of which is which: no slots. Of a text with a great many slots some are kept, those
    whose context is below a bound (see `kept`).
    """
    places = np.flatnonzero(part.numbers)
    offsets = np.searchsorted(places, part.offsets)
    owner = np.repeat(np.arange(len(part)), np.diff(offsets))
    begins, ends = part.offsets[:-1][owner], part.offsets[1:][owner]
    contexts = np.zeros(len(places), np.uint64)
    for step, factor in _NEIGHBOURS.items():
        near = places + step
        inside = (near >= begins) & (near < ends)
        near = np.where(inside, near, 0)
        token = np.where(part.numbers[near], _ANY_NUMBER, part.tokens[near]) if len(places) else contexts
        contexts += np.where(inside, token, np.uint64(0)) * factor
    contexts = mix(contexts) >> _VALUE_BITS
    single = ~repeated(contexts ^ salts(len(part))[owner])
    counts = np.bincount(owner[single], minlength=len(part))
    single &= contexts < (kept(counts) * float(1 << 40)).astype(np.uint64)[owner]
    packed = (contexts[single] << _VALUE_BITS) | (part.tokens[places[single]] >> np.uint64(40))
    return Ragged(np.searchsorted(places[single], part.offsets), packed)


def kept(counts: Indices) -> npt.NDArray[np.float64]:
    """The share of its slots that a text of so many keeps."""
    return np.minimum(1.0, _MOST / np.maximum(counts, 1))


def compare_slots(found: Ragged, left: Indices, right: Indices) -> tuple[Indices, Indices]:
    """For each pair of texts: slots that both have, and those of them with another number."""
    contexts = Ragged(found.offsets, found.values >> _VALUE_BITS)
    both = count_shared(contexts, left, right)
    return both, both - count_shared(found, left, right)


def is_template(both: Indices, changed: Indices, words: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which pairs are one frame filled in anew: many numbers that stand in the same words differ.

    words: of the shorter text. A later version of a report revises some of its figures and leaves the ages, dates and
    addresses as they were.
    """
    result: npt.NDArray[np.bool_] = (
        (changed >= _CHANGED) & (changed >= SHARE * both) & (changed * _WORDS >= np.minimum(words, _MOST * _WORDS / 2))
    )
    return result
