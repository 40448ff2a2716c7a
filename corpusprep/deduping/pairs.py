"""Pairs of documents, and what hangs together by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Pairs", "components"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of documents by number, left below right, sorted, each once."""

    left: Indices
    right: Indices

    def __len__(self) -> int:
        return len(self.left)


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
