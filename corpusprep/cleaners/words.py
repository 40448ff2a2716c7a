"""How a block is worded: whether its words are those of stories, of reader comments or of page furniture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import tokenise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from corpusprep.cleaners.evidence import Evidence, Tokens

__all__ = ["Wording", "pair_hashes"]

_MIX = np.uint64(0x9E3779B97F4A7C15)
_BITS = 18
_SHIFT = np.uint64(64 - _BITS)


def pair_hashes(tokens: Tokens) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """A hash for each two tokens that follow each other within a block, and the block."""
    inside = tokens.block[1:] == tokens.block[:-1]
    pairs = (tokens.hashes[:-1] * _MIX ^ tokens.hashes[1:]) * _MIX
    return pairs[inside], tokens.block[1:][inside]


@dataclass(frozen=True, eq=False)
class Wording:
    """Weights of words and pairs of words.

    names: what the columns of the weights speak for. hashes: of the word or pair in each place of a table that is addressed by a
    hash's top bits, 0 where there is none; weights: table places by columns.
    """

    names: tuple[str, ...]
    hashes: NDArray[np.uint64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, names: Sequence[str], weights: Mapping[str, Sequence[float]]) -> Wording:
        """From words and pairs ("great post") to their weights; where two share a place, the heavier stays."""
        wordings = sorted(weights) if names else []
        tokens = tokenise(wordings)
        pairs, pair_blocks = pair_hashes(tokens)
        sizes = np.diff(tokens.first)
        hashes = np.zeros(len(wordings), np.uint64)
        single = sizes == 1
        hashes[single] = tokens.hashes[tokens.first[:-1][single]]
        of_pair = sizes[pair_blocks] == 2
        hashes[pair_blocks[of_pair]] = pairs[of_pair]
        values = np.array([weights[wording] for wording in wordings], np.float64).reshape(len(wordings), len(names))
        order = np.argsort(np.abs(values).max(axis=1, initial=0.0), kind="stable")
        table = np.zeros(1 << _BITS, np.uint64)
        spread = np.zeros((1 << _BITS, len(names)))
        places = (hashes >> _SHIFT).astype(np.int64)[order]
        table[places], spread[places] = hashes[order], values[order]
        return cls(tuple(names), table, spread)

    def score(self, evidence: Evidence) -> NDArray[np.float64]:
        """By block and column, the sum of the weights of its words and pairs over the root of their number."""
        tokens, count = evidence.tokens, len(evidence)
        if not self.names:
            return np.zeros((count, 0))
        pairs, pair_blocks = pair_hashes(tokens)
        hashes = np.concatenate((tokens.hashes, pairs))
        blocks = np.concatenate((tokens.block, pair_blocks))
        places = (hashes >> _SHIFT).astype(np.int64)
        known = np.flatnonzero((self.hashes[places] == hashes) & (hashes != 0))
        found = self.weights[places[known]]
        number = np.sqrt(np.maximum(np.bincount(blocks, minlength=count), 1))
        sums = [
            np.bincount(blocks[known], weights=found[:, column], minlength=count) for column in range(len(self.names))
        ]
        return np.stack(sums, axis=1) / number[:, None]
