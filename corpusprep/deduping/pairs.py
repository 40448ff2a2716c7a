"""Pairs of documents, and what hangs together by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Pairs", "components"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of documents by number, left below right, each once."""

    left: Indices
    right: Indices

    def __len__(self) -> int:
        return len(self.left)

    @classmethod
    def of(cls, one: Indices, other: Indices) -> Pairs:
        """Pairs from their members in any order, repeated ones once, sorted."""
        keys = np.unique((np.minimum(one, other) << 32) | np.maximum(one, other))
        return cls(keys >> 32, keys & 0xFFFFFFFF)

    @property
    def keys(self) -> Indices:
        """One number for each pair."""
        return (self.left << 32) | self.right

    def take(self, places: Indices | npt.NDArray[np.bool_]) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.left[places], self.right[places])

    def extend(self, more: Pairs) -> Pairs:
        """These pairs and then more."""
        return Pairs(np.concatenate([self.left, more.left]), np.concatenate([self.right, more.right]))


def components(pairs: Pairs, count: int) -> Indices:
    """The smallest number of a document that each is connected with by pairs."""
    parent = np.arange(count)
    left, right = pairs.left, pairs.right
    while len(left):
        a, b = parent[left], parent[right]
        low, high = np.minimum(a, b), np.maximum(a, b)
        np.minimum.at(parent, high, low)
        while True:
            nearer = parent[parent]
            if (nearer == parent).all():
                break
            parent = nearer
        apart = parent[left] != parent[right]
        left, right = left[apart], right[apart]
    return parent
