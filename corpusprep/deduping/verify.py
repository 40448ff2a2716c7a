"""Fetch the texts of candidate documents, a bounded number at a time, and compare each pair of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.overlap import Overlap, compare
from corpusprep.deduping.pairs import Pairs, components
from corpusprep.deduping.shingles import Shingled, join, shingle
from corpusprep.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Fetch", "verify"]

Indices = npt.NDArray[np.int64]

Fetch = Callable[[Sequence[str]], "pa.Table"]
"""Gives a table with the columns id and text of the documents asked for, in any order."""

_TOKENS = 4_000_000
"""Tokens of texts held at once; about 100 MB with all that is made of them."""


def verify(pairs: Pairs, ids: pa.ChunkedArray, n_tokens: Indices, fetch: Fetch) -> Overlap:
    """Compare all pairs exactly. Each text is fetched once as a rule; again only where a component is over-large."""
    result = Overlap.empty(len(pairs))
    position = _arrange(pairs, len(ids))
    a, b = position[pairs.left], position[pairs.right]
    order = np.argsort(position, kind="stable")[len(ids) - int((position >= 0).sum()) :]
    blocks = np.cumsum(n_tokens[order]) // _TOKENS
    low, high = blocks[np.minimum(a, b)], blocks[np.maximum(a, b)]
    for block in np.unique(low).tolist():
        first, behind = np.searchsorted(blocks, [block, block + 1])
        documents = order[first:behind]
        texts = _load(documents, ids, fetch)
        inside = np.flatnonzero((low == block) & (high == block))
        _compare(pairs, inside, documents, texts, result)
        for other in np.unique(high[(low == block) & (high != block)]).tolist():
            across = np.flatnonzero((low == block) & (high == other))
            ends = np.unique(np.concatenate([pairs.left[across], pairs.right[across]]))
            more = np.setdiff1d(ends, documents)
            both = np.concatenate([documents, more])
            _compare(pairs, across, both, join([texts, _load(more, ids, fetch)]), result)
    return result


def _arrange(pairs: Pairs, count: int) -> Indices:
    """A place in line for each document that is in a pair, members of a component together; -1 for the others."""
    position = np.full(count, -1, np.int64)
    documents = np.unique(np.concatenate([pairs.left, pairs.right]))
    roots = components(pairs, count)[documents]
    position[documents[np.argsort(roots, kind="stable")]] = np.arange(len(documents))
    return position


def _load(documents: Indices, ids: pa.ChunkedArray, fetch: Fetch) -> Shingled:
    wanted = ids.take(documents).to_pylist()
    table = fetch(wanted)
    row_of = {key: row for row, key in enumerate(table.column("id").to_pylist())}
    missing = next((key for key in wanted if key not in row_of), None)
    if missing is not None:
        raise InputError(f"fetch gave no text for the id {missing!r}", where="dedupe", do="give all that are asked for")
    texts = table.column("text").take([row_of[key] for key in wanted])
    parts = list(shingle(text or "" for text in texts.to_pylist()))
    return join(parts)


def _compare(pairs: Pairs, some: Indices, documents: Indices, texts: Shingled, result: Overlap) -> None:
    order = np.argsort(documents)
    rows = [order[np.searchsorted(documents, side[some], sorter=order)] for side in (pairs.left, pairs.right)]
    result.put(some, compare(texts, *rows))
