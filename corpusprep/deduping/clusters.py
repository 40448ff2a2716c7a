"""Choose which document stands for its copies.

Clusters are stars: every document that goes was itself compared with the one that stands for it and is a copy of that
very one. A chain of small steps (A like B, B like C, C unlike A) therefore never ends with C gone for A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Edges", "stars"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Directed: `keeps` may stand for `goes`. one_way: and not the other way round. number: leads back to the pair."""

    keeps: Indices
    goes: Indices
    one_way: npt.NDArray[np.bool_]
    number: Indices

    def take(self, places: Indices | npt.NDArray[np.bool_]) -> Edges:
        """Some of the edges."""
        return Edges(self.keeps[places], self.goes[places], self.one_way[places], self.number[places])


def stars(edges: Edges, rank: Indices) -> tuple[Indices, Indices]:
    """For each document, the one that stands for it (itself where none does) and the number of their pair (else -1).

    rank: all different, the best 0. A document stands when no other that may stand for it is better, or is its fuller or
    later version whatever the rank; it takes all the copies it may stand for, they leave the game, and so on with the
    rest. All that stand at a time are found at once, which comes to the same as one after another.
    """
    count = len(rank)
    kept, pair = np.arange(count), np.full(count, -1, np.int64)
    in_play = np.zeros(count, np.bool_)
    in_play[edges.keeps] = in_play[edges.goes] = True
    while len(edges.keeps):
        better = rank[edges.keeps] < rank[edges.goes]
        stands = _unblocked(edges, better | edges.one_way, in_play)
        if not stands.any():  # fuller and later versions in a ring
            stands = _unblocked(edges, better, in_play)
        taking = edges.take(stands[edges.keeps] & ~stands[edges.goes])
        order = np.argsort(-rank[taking.keeps], kind="stable")  # the best is written last
        kept[taking.goes[order]] = taking.keeps[order]
        pair[taking.goes[order]] = taking.number[order]
        in_play &= ~stands
        in_play[taking.goes] = False
        edges = edges.take(in_play[edges.keeps] & in_play[edges.goes])
    return kept, pair


def _unblocked(edges: Edges, weighs: npt.NDArray[np.bool_], in_play: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    stands = in_play.copy()
    stands[edges.goes[weighs]] = False
    return stands
