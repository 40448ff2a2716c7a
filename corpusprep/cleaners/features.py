"""The columns by which the learned judge of lines sees a document: one row a block.

Each column is a plain measure with a name that can be said to a person (`NAMES`). Context is left to the judge, which sees the
neighbours' rows, but for what lies further away than it can see: where the main run of prose is, what has come so far.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR, among
from corpusprep.cleaners.matching import stop_words
from corpusprep.cleaners.regions import best_run
from corpusprep.document import GROUPS, BlockKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.cleaners.matching import Trie
    from corpusprep.cleaners.words import Wording
    from corpusprep.document import Document

    Rows = NDArray[np.float32]

__all__ = ["features"]

_SHARES = ("upper", "letter", "unspaced", "digit", "stop", "pause", "quote", "bar", "symbol", "other")
_LAST = ("stop", "bar", "digit", "symbol", "other")
_LEADING = ("lower", "digit", "bar", "symbol")
_GAPS = (6.0, 14.0, 30.0)
_SO_FAR = ("reply", "comments", "share", "related", "navigation", "date")

_OWN = (
    *("words", "characters", "word_length", "capitals", "stops", "pauses"),
    *(f"share_{name}" for name in _SHARES),
    *(f"last_{name}" for name in _LAST),
    *(f"leading_{name}" for name in _LEADING),
    *("colon", "asks", "ellipsis", "quote", "item", "breaks", "breaks_after", "indent"),
)
_REPETITION = ("repeated", "repeats", "thrice")
_PLACE = (
    *(
        "prose",
        "position",
        "from_start",
        "from_end",
        "blocks",
        "prose_share",
        "prose_words",
        "prose_before",
        "prose_after",
    ),
    *(f"{name}_{run}" for run in "abc" for name in ("run", "run_start", "run_end", "run_share")),
    *("to_prose_before", "to_prose_after"),
)
_OVERLAP = ("overlap", "rare_overlap", "rare")
_GROUPS = ("body", "fields", "chrome", "comments")


def features(context: Context, wording: Wording) -> tuple[tuple[str, ...], Rows]:
    """Names of the columns, and the matrix of a document: blocks by columns."""
    names, parts = _names(context.phrases.trie, wording.names)
    # Filled a column at a time, each in one piece of memory.
    rows = np.empty((len(names), len(context.evidence)), np.float32)
    for fill, (first, end) in zip((_own, _repetition, _phrases, _place, _overlap, _said), parts, strict=True):
        fill(context, rows[first:end])
    rows[len(rows) - len(wording.names) :] = wording.score(context.evidence).T
    return names, rows.T


@cache
def _names(trie: Trie, wording: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The names of all columns, and the range of them that each function below fills."""
    phrases = (
        *(f"{name}_{mode}" for name, mode in trie.bits),
        *("known_share", "stop_words"),
        *(f"so_far_{name}" for name in _SO_FAR),
        "after_heading",
    )
    said = tuple(f"rule_{name}" for name in _GROUPS)
    groups = (_OWN, _REPETITION, phrases, _PLACE, _OVERLAP, said)
    ends = list(accumulate(map(len, groups)))
    names = (*chain.from_iterable(groups), *(f"wording_{name}" for name in wording))
    return names, tuple(zip([0, *ends[:-1]], ends, strict=True))


def _codes(names: tuple[str, ...]) -> list[int]:
    return [CHAR[name] for name in names]


_SHARE_CODES = _codes(_SHARES)
_LAST_CODES, _LEADING_CODES = (np.array(_codes(names), np.uint8)[:, None] for names in (_LAST, _LEADING))


def _own(context: Context, rows: Rows) -> None:
    evidence = context.evidence
    words, length = evidence.words, evidence.length
    some = np.maximum(words, 1)
    np.log1p(words, out=rows[0])
    np.log1p(length, out=rows[1])
    rows[2] = np.minimum(length / some, 20) / 10
    rows[3] = evidence.capitals / some
    rows[4:6] = np.minimum(evidence.chars[:, [CHAR["stop"], CHAR["pause"]]].T, 10) / 10
    at = 6
    shares = evidence.chars[:, _SHARE_CODES].T / np.maximum(length, 1)
    for values in (
        np.minimum(shares, 1),
        evidence.last == _LAST_CODES,
        evidence.leading == _LEADING_CODES,
    ):
        rows[at : at + len(values)] = values
        at += len(values)
    first, last = evidence.edges
    rows[at] = among(":：")[last]
    rows[at + 1] = among("?؟？!！")[last]
    rows[at + 2] = [text.endswith(("…", "...")) for text in evidence.texts]
    rows[at + 3] = among('"“«„»「‘')[first]
    rows[at + 4] = [block.kind is BlockKind.ITEM for block in context.document.blocks]
    rows[at + 5] = np.minimum(evidence.breaks, 4) / 4
    rows[at + 6, :-1], rows[at + 6, -1] = rows[at + 5, 1:], 1
    rows[at + 7] = _indents(context.document)


def _indents(document: Document) -> NDArray[np.float64]:
    """Characters between the line's start and the block's, up to twelve, as a share of those."""
    text = document.text
    indents = np.zeros(len(document.blocks))
    starts = [block.start for block in document.blocks]
    for index in [number for number, at in enumerate(starts) if text[at - 1] != "\n"]:
        at = starts[index]
        indents[index] = min(at - 1 - text.rfind("\n", max(at - 13, 0), at), 12) / 12
    return indents


def _repetition(context: Context, rows: Rows) -> None:
    prints = context.evidence.prints
    rows[:] = 0
    if len(set(prints.tolist())) == len(prints):
        return
    _, first, number, counts = np.unique(prints, return_index=True, return_inverse=True, return_counts=True)
    times = np.where(prints != 0, counts[number], 1)
    rows[0] = times > 1
    rows[1] = (times > 1) & (first[number] != np.arange(len(prints)))
    rows[2] = times > 2


def _phrases(context: Context, rows: Rows) -> None:
    phrases, tokens = context.phrases, context.evidence.tokens
    count, kinds = len(context.evidence), len(phrases.trie.names)
    bits = np.arange(kinds, dtype=np.uint64)[:, None]
    rows[:kinds] = (phrases.meanings >> bits) & np.uint64(1)
    stop = stop_words()[tokens.hashes >> np.uint64(44)]
    rows[kinds] = phrases.covered
    rows[kinds + 1] = np.bincount(tokens.block[stop], minlength=count) / np.maximum(np.diff(tokens.first), 1)
    for row, name in zip(rows[kinds + 2 :], _SO_FAR, strict=False):
        row[:] = np.log1p(np.cumsum(phrases.has(name))) / 4
    rows[-1] = np.minimum(np.cumsum(phrases.has("comments", "line", "start")), 1)


def _place(context: Context, rows: Rows) -> None:
    evidence = context.evidence
    count, index = len(evidence), np.arange(len(evidence))
    words = evidence.words
    prose = (words >= 18) | ((words >= 8) & evidence.ends)
    prose_words = words * prose
    before = np.cumsum(prose_words)
    total = max(float(before[-1]), 1.0)
    logs = np.log1p(np.arange(count + 60))
    rows[0] = prose
    rows[1] = index / max(count - 1, 1)
    rows[2] = logs[:count] / 5
    rows[3] = rows[2, ::-1]
    rows[4] = np.log1p(count) / 6
    rows[5] = before[-1] / max(float(words.sum()), 1.0)
    rows[6] = np.log1p(before[-1]) / 8
    rows[7] = (before - prose_words) / total
    rows[8] = (before[-1] - before) / total
    capped = np.minimum(words, 40.0)
    for at, gap in zip((9, 13, 17), _GAPS, strict=True):
        start, end = best_run(np.where(prose, capped, -gap))
        run = before[max(end - 1, 0)] - (before[start - 1] if start else 0.0)
        rows[at] = (index >= start) & (index < end)
        for row, edge in ((rows[at + 1], start), (rows[at + 2], end - 1)):
            away = index - edge
            row[:] = np.sign(away) * logs[np.abs(away)] / 5
        rows[at + 3] = run / total
    last = np.maximum.accumulate(np.where(prose, index, -60))
    following = np.minimum.accumulate(np.where(prose, index, count + 60)[::-1])[::-1]
    rows[21] = logs[np.minimum(index - np.append(-60, last[:-1]), 60)] / 4 if count else 0
    rows[22] = logs[np.minimum(np.append(following[1:], count + 60) - index, 60)] / 4 if count else 0


def _overlap(context: Context, rows: Rows) -> None:
    """How far a block speaks with the words of the document's prose, and of its rare ones."""
    evidence = context.evidence
    tokens, count = evidence.tokens, len(evidence)
    if not len(tokens.hashes):
        rows[:] = 0
        return
    ids, counts = evidence.vocabulary
    in_prose = ((evidence.words >= 18) | ((evidence.words >= 8) & evidence.ends))[tokens.block]
    prose_counts = np.bincount(ids[in_prose], minlength=len(counts))
    elsewhere = prose_counts[ids] > in_prose
    rare = (prose_counts <= max(3.0, float(prose_counts.sum()) * 0.004))[ids]
    sizes = np.maximum(np.diff(tokens.first), 1)
    rare_count = np.bincount(tokens.block[rare], minlength=count)
    rows[0] = np.bincount(tokens.block[elsewhere], minlength=count) / sizes
    rows[1] = np.bincount(tokens.block[elsewhere & rare], minlength=count) / np.maximum(rare_count, 1)
    rows[2] = rare_count / sizes


_COLUMN_OF = {label: _GROUPS.index(group) for label, group in GROUPS.items()}


def _said(context: Context, rows: Rows) -> None:
    """What the rules have claimed: by group, the highest score on a block."""
    blocks = context.document.blocks
    said = [[0.0] * len(blocks) for _ in _GROUPS]
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
    rows[:] = said
