"""Numbers and the words around them: what tells a template from a copy.

A *slot* is a number with the two tokens before and the two after it; other numbers among those count as any number.
Two documents with the same slots but other numbers in them are two fillings of one frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.shingles import mix

if TYPE_CHECKING:
    from corpusprep.deduping.shingles import Shingled

__all__ = ["Slots", "slots"]

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


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """The slots of some texts: text i has those from offsets[i] to offsets[i + 1].

    contexts: hash of the words around. values: hash of the number.
    """

    offsets: Indices
    contexts: Hashes
    values: Hashes

    def packed(self) -> Hashes:
        """Context (40 bits) and value (24 bits) in one number, for signatures."""
        return (self.contexts >> _VALUE_BITS << _VALUE_BITS) | (self.values >> np.uint64(40))


def slots(part: Shingled) -> Slots:
    """Find the slots of each text. Beyond the ends of a text stands nothing, which counts as a token too."""
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
    return Slots(offsets, mix(contexts), part.tokens[places])
