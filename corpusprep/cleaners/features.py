"""The columns by which the learned judge of lines sees a document: one row a block.

Each column is a plain measure with a name that can be said to a person (`NAMES`). Context is left to the judge, which sees the
neighbours' rows, but for what lies further away than it can see: where the main run of prose is, what has come so far.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR, among
from corpusprep.cleaners.matching import stop_words
from corpusprep.cleaners.regions import best_run
from corpusprep.document import GROUPS, BlockKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.cleaners.words import Wording
    from corpusprep.document import Document

    Columns = dict[str, NDArray[np.float64]] | dict[str, NDArray[np.float64] | NDArray[np.bool_]]

__all__ = ["features"]

_SHARES = ("upper", "letter", "unspaced", "digit", "stop", "pause", "quote", "bar", "symbol", "other")
_LAST = ("stop", "bar", "digit", "symbol", "other")
_LEADING = ("lower", "digit", "bar", "symbol")
_GAPS = (6.0, 14.0, 30.0)
_SO_FAR = ("reply", "comments", "share", "related", "navigation", "date")


def features(context: Context, wording: Wording) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Names of the columns, and the matrix of a document: blocks by columns."""
    columns = _own(context)
    columns |= _repetition(context)
    columns |= _phrases(context)
    columns |= _place(context)
    columns |= _overlap(context)
    columns |= _said(context)
    for name, values in zip(wording.names, wording.score(context.evidence).T, strict=True):
        columns[f"wording_{name}"] = values
    # Filled a column at a time, each in one piece of memory.
    rows = np.empty((len(columns), len(context.evidence)), np.float32)
    for row, values in zip(rows, columns.values(), strict=True):
        row[:] = values
    return tuple(columns), rows.T


def _own(context: Context) -> Columns:
    evidence, blocks = context.evidence, context.document.blocks
    words, length = evidence.words, evidence.length
    columns = {
        "words": np.log1p(words),
        "characters": np.log1p(length),
        "word_length": np.minimum(length / np.maximum(words, 1), 20) / 10,
        "capitals": evidence.capitals / np.maximum(words, 1),
        "stops": np.minimum(evidence.chars[:, CHAR["stop"]], 10) / 10,
        "pauses": np.minimum(evidence.chars[:, CHAR["pause"]], 10) / 10,
    }
    shares = evidence.chars / np.maximum(length, 1)[:, None]
    columns |= {f"share_{name}": np.minimum(shares[:, CHAR[name]], 1) for name in _SHARES}
    columns |= {f"last_{name}": evidence.last == CHAR[name] for name in _LAST}
    columns |= {f"leading_{name}": evidence.leading == CHAR[name] for name in _LEADING}
    first, last = evidence.edges
    columns["colon"] = among(":：")[last]
    columns["asks"] = among("?؟？!！")[last]
    columns["ellipsis"] = np.array([text.endswith(("…", "...")) for text in evidence.texts])
    columns["quote"] = among('"“«„»「‘')[first]
    columns["item"] = np.array([block.kind is BlockKind.ITEM for block in blocks])
    breaks = np.minimum(evidence.breaks, 4) / 4
    columns["breaks"] = breaks
    columns["breaks_after"] = np.append(breaks[1:], 1.0)
    columns["indent"] = _indents(context.document)
    return columns


def _indents(document: Document) -> NDArray[np.float64]:
    """Characters between the line's start and the block's, up to twelve, as a share of those."""
    text = document.text
    indents = np.zeros(len(document.blocks))
    for index, block in enumerate(document.blocks):
        at = block.start
        if text[at - 1] != "\n" or not at:
            indents[index] = min(at - 1 - text.rfind("\n", max(at - 13, 0), at), 12) / 12
    return indents


def _repetition(context: Context) -> Columns:
    prints = context.evidence.prints
    _, first, number, counts = np.unique(prints, return_index=True, return_inverse=True, return_counts=True)
    filled = prints != 0
    times = np.where(filled, counts[number], 1)
    return {
        "repeated": (times > 1) * 1.0,
        "repeats": ((times > 1) & (first[number] != np.arange(len(prints)))) * 1.0,
        "thrice": (times > 2) * 1.0,
    }


def _phrases(context: Context) -> Columns:
    phrases, tokens = context.phrases, context.evidence.tokens
    count = len(context.evidence)
    bits = np.arange(len(phrases.trie.names), dtype=np.uint64)
    hits = ((phrases.meanings[:, None] >> bits) & np.uint64(1)).astype(np.float64)
    columns = {f"{name}_{mode}": hits[:, bit] for (name, mode), bit in phrases.trie.bits.items()}
    stop = stop_words()[tokens.hashes >> np.uint64(44)]
    sizes = np.maximum(np.diff(tokens.first), 1)
    columns["known_share"] = phrases.covered
    columns["stop_words"] = np.bincount(tokens.block, weights=stop, minlength=count) / sizes
    for name in _SO_FAR:
        columns[f"so_far_{name}"] = np.log1p(np.cumsum(phrases.has(name))) / 4
    columns["after_heading"] = np.minimum(np.cumsum(phrases.has("comments", "line", "start")), 1.0)
    return columns


def _place(context: Context) -> Columns:
    evidence = context.evidence
    count, index = len(evidence), np.arange(len(evidence))
    words = evidence.words
    prose = (words >= 18) | ((words >= 8) & evidence.ends)
    prose_words = words * prose
    before = np.cumsum(prose_words)
    total = max(float(before[-1]), 1.0)
    ones = np.ones(count)
    columns = {
        "prose": prose * 1.0,
        "position": index / max(count - 1, 1),
        "from_start": np.log1p(index) / 5,
        "from_end": np.log1p(count - 1 - index) / 5,
        "blocks": ones * np.log1p(count) / 6,
        "prose_share": ones * before[-1] / max(float(words.sum()), 1.0),
        "prose_words": ones * np.log1p(before[-1]) / 8,
        "prose_before": (before - prose_words) / total,
        "prose_after": (before[-1] - before) / total,
    }
    for name, gap in zip("abc", _GAPS, strict=True):
        start, end = best_run(np.where(prose, np.minimum(words, 40.0), -gap).tolist())
        run = before[max(end - 1, 0)] - (before[start - 1] if start else 0.0)
        columns[f"run_{name}"] = ((index >= start) & (index < end)) * 1.0
        columns[f"run_start_{name}"] = np.sign(index - start) * np.log1p(np.abs(index - start)) / 5
        columns[f"run_end_{name}"] = np.sign(index - end + 1) * np.log1p(np.abs(index - end + 1)) / 5
        columns[f"run_share_{name}"] = ones * run / total
    last = np.maximum.accumulate(np.where(prose, index, -60))
    following = np.minimum.accumulate(np.where(prose, index, count + 60)[::-1])[::-1]
    columns["to_prose_before"] = np.log1p(np.minimum(index - np.append(-60, last[:-1]), 60)) / 4
    columns["to_prose_after"] = np.log1p(np.minimum(np.append(following[1:], count + 60) - index, 60)) / 4
    return columns


def _overlap(context: Context) -> Columns:
    """How far a block speaks with the words of the document's prose, and of its rare ones."""
    evidence = context.evidence
    tokens, count = evidence.tokens, len(evidence)
    if not len(tokens.hashes):
        return dict.fromkeys(("overlap", "rare_overlap", "rare"), np.zeros(count))
    ids, counts = evidence.vocabulary
    in_prose = ((evidence.words >= 18) | ((evidence.words >= 8) & evidence.ends))[tokens.block]
    prose_counts = np.bincount(ids[in_prose], minlength=len(counts))
    elsewhere = prose_counts[ids] > in_prose
    rare = prose_counts[ids] <= max(3.0, float(prose_counts.sum()) * 0.004)
    sizes = np.maximum(np.diff(tokens.first), 1)
    rare_count = np.bincount(tokens.block, weights=rare, minlength=count)
    return {
        "overlap": np.bincount(tokens.block, weights=elsewhere, minlength=count) / sizes,
        "rare_overlap": np.bincount(tokens.block, weights=elsewhere & rare, minlength=count)
        / np.maximum(rare_count, 1),
        "rare": rare_count / sizes,
    }


_GROUP_COLUMNS = {"body": 0, "fields": 1, "chrome": 2, "comments": 3}
_COLUMN_OF = {label: _GROUP_COLUMNS[group] for label, group in GROUPS.items()}


def _said(context: Context) -> Columns:
    """What the rules have claimed: by group, the highest score on a block."""
    blocks = context.document.blocks
    said = [[0.0] * len(blocks) for _ in _GROUP_COLUMNS]
    starts = {block.start: index for index, block in enumerate(blocks)}
    ends: dict[int, int] = {}
    for _, claim in context.claims:
        first = starts.get(claim.start)
        if first is None or claim.story:
            continue
        column, score = said[_COLUMN_OF[claim.label]], claim.score
        if blocks[first].end == claim.end:
            column[first] = max(column[first], score)
            continue
        ends = ends or {block.end: index + 1 for index, block in enumerate(blocks)}
        for index in range(first, ends.get(claim.end, 0)):
            column[index] = max(column[index], score)
    return {f"rule_{name}": np.array(said[column]) for name, column in _GROUP_COLUMNS.items()}
