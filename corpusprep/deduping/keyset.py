"""An exact set of 64-bit keys with bulk look-up: a few gathers per question, no sorting.

Keys are written into a table at the place their high bits name. Of two that want one place the last written stays; the
place is marked, and the other goes on to a next, smaller table under other bits. No key is lost and none is invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["KeySet", "first_of_each", "repeated", "salts"]

Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]

_SPREAD = 0x9E3779B97F4A7C15
_OWNER = np.uint64(0xD6E8FEB86659FD93)
_BITS = (1 << 64) - 1


def salts(count: int) -> Hashes:
    """So many different numbers: a hash under each of them is another key (of 2^64, so that two do not meet)."""
    return np.arange(count, dtype=np.uint64) * _OWNER


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    keys: Hashes
    lost: Flags
    factor: np.uint64
    shift: np.uint64

    def places(self, keys: Hashes) -> npt.NDArray[np.int64]:
        # Signed indices save NumPy a conversion.
        return ((keys * self.factor) >> self.shift).view(np.int64)


class KeySet:
    """The set of the keys given. Order and repetition of keys do not matter."""

    __slots__ = ("_levels",)

    def __init__(self, keys: Hashes) -> None:
        self._levels: list[_Level] = []
        factor = _SPREAD
        rest = keys
        while len(rest):
            size = max(16, 1 << (4 * len(rest) - 1).bit_length())
            shift = 64 - (size - 1).bit_length()
            level = _Level(np.zeros(size, np.uint64), np.zeros(size, np.bool_), np.uint64(factor), np.uint64(shift))
            level.keys[0] = 1  # an empty place must not pass for the key 0, whose place is 0
            places = level.places(rest)
            level.keys[places] = rest
            lost = level.keys[places] != rest
            level.lost[places[lost]] = True
            self._levels.append(level)
            rest = rest[lost]
            factor = (factor * int(_OWNER) | 1) & _BITS

    def contains(self, keys: Hashes) -> Flags:
        """Which of the keys are in the set."""
        if not self._levels:
            return np.zeros(len(keys), np.bool_)
        places = self._levels[0].places(keys)
        found: Flags = self._levels[0].keys[places] == keys
        asked = np.flatnonzero(~found)
        asked = asked[self._levels[0].lost[places[asked]]]
        for level in self._levels[1:]:
            places = level.places(keys[asked])
            hit = level.keys[places] == keys[asked]
            found[asked[hit]] = True
            asked = asked[level.lost[places] & ~hit]
        return found


def repeated(keys: Hashes) -> Flags:
    """Which of the keys stand more than once."""
    ordered = np.sort(keys)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(twice):
        return np.zeros(len(keys), np.bool_)
    again: Flags = twice.take(np.searchsorted(twice, keys), mode="clip") == keys
    return again


def first_of_each(keys: Hashes) -> Flags:
    """Which of the keys stand for the first time."""
    result = np.ones(len(keys), np.bool_)
    places, first = _suspects(keys)
    result[places] = first
    return result


def _suspects(keys: Hashes) -> tuple[npt.NDArray[np.int64], Flags]:
    """Places that hold all keys that stand more than once, and some others; which of them are first.

    The low halves of the keys are sorted, which is twice as fast; those that are not alone go through a sieve.
    """
    low = keys.astype(np.uint32)
    ordered = np.sort(low)
    sieve = np.zeros(1 << 16, np.bool_)
    sieve[ordered[1:][ordered[1:] == ordered[:-1]].astype(np.uint16)] = True
    places = np.flatnonzero(sieve[low.astype(np.uint16)])
    first = np.zeros(len(places), np.bool_)
    first[np.unique(keys[places], return_index=True)[1]] = True
    return places, first
