"""The tree of containers that a rendered page's blocks stand in, read back from their paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from corpusprep.document import Markup

    Numbers = NDArray[np.floating[Any]]
    Indices = NDArray[np.int64]

__all__ = ["Outline", "read_outline"]


@dataclass(frozen=True, slots=True)
class Outline:
    """Elements as nodes, numbered in document order, so that those inside node n are n up to, not including, ends[n].

    tags, parents (the root is its own), depths, ends: by node. of: by block, the node of its block-level element.
    """

    tags: tuple[str, ...]
    parents: Indices
    depths: Indices
    ends: Indices
    of: Indices

    def within(self, values: Numbers) -> Numbers:
        """By node, the sum of the values of the blocks inside it."""
        own = np.bincount(self.of, weights=values, minlength=len(self.parents))
        sums = np.concatenate([[0.0], np.cumsum(own)])
        inside: Numbers = sums[self.ends] - sums[:-1]
        return inside

    def heaviest(self, weights: Numbers, share: float) -> list[int]:
        """The nodes from the root down to the innermost one that holds this share of the root's weight."""
        path = [0]
        least = share * weights[0]
        holding = np.flatnonzero(weights >= max(least, 1e-9))
        for node in holding[1:].tolist():  # in document order: a child comes after its parent
            if self.parents[node] == path[-1]:
                path.append(node)
        return path


def read_outline(markups: Sequence[Markup]) -> Outline:
    """The outline of a page with these blocks."""
    tags, parents, depths, ends, of = [""], [0], [0], [0], []
    open_nodes, before = [0], [""]
    for markup in markups:
        steps = ["", *markup.path.split("/")]
        shared = 1
        for step, other in zip(steps[1:], before[1:], strict=False):
            if step != other:
                break
            shared += 1
        for node in open_nodes[shared:]:
            ends[node] = len(tags)
        del open_nodes[shared:]
        for depth in range(shared, len(steps)):
            tags.append(steps[depth].partition("[")[0])
            parents.append(open_nodes[-1])
            depths.append(depth)
            ends.append(0)
            open_nodes.append(len(tags) - 1)
        before = steps
        of.append(next((node for node in reversed(open_nodes) if tags[node] == markup.tag), open_nodes[-1]))
    for node in open_nodes:
        ends[node] = len(tags)
    return Outline(tuple(tags), np.array(parents), np.array(depths), np.array(ends), np.array(of, np.int64))
