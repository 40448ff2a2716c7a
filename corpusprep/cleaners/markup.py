"""The judge of rendered pages: wording, rules, markup and, where they leave it unsure, trafilatura's vote, weighed together.

It is the network of `lines` with more to see: the columns of `features`, those of `traits`, and what the rules before it have claimed. A page it
is sure of is done. For one it is not, trafilatura is asked, and its vote joins the evidence (`render.vote`). The weights, markup.json, were
fitted by benchmarks/fit_html.py.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from corpusprep.cleaners.cues import CUES, cues_of
from corpusprep.cleaners.features import features
from corpusprep.cleaners.lines import Judge, furniture, read_judge, rescued, rule_labels
from corpusprep.cleaners.traits import list_groups, name_groups, path_groups, traits
from corpusprep.document import BlockKind, Label
from corpusprep.render import vote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.cleaners.lines import States
    from corpusprep.document import Block, Claim, Document

    Numbers = NDArray[np.floating[Any]]

__all__ = ["VOTES", "columns_of", "fitted", "markup", "uncertainty"]

_MOST_BLOCKS = 12_000
"""What has more is no page but a heap of elements: it is left to the rules and to `lines`, which bounds the time that a page takes."""
_BODY, _COMMENTS = 0, 1
_KEEP = 0.4
"""Likelihood from which a block stays: doubt keeps."""
_COMMENTED = 0.5
_TOO_LITTLE = 25.0
"""Fewer words than that are no article: the page's longest run of prose is kept rather, unless it is a thread."""
_UNSURE = 0.08
"""Share of the kept words that may be wrong by the judge's own word; beyond it trafilatura is asked."""
VOTES = ("vote", "vote_asked", "vote_share", "vote_on_same_path", "vote_length")
_WITH_LIST, _WITH_NAMES = 0.5, 0.2
"""How far a block goes with the rest of its list or table, and with the blocks of its names: they stay or go together."""
_FLOOR, _SPAN = 0.7, 0.29
"""A claim's score is the floor plus the span times the likelihood, so that only what rules hold for certain outweighs doubt."""
_FIELDS = {Label.TITLE, Label.BYLINE, Label.DATE, Label.CAPTION}
_FIELD, _TOLD, _YIELDING, _LIKELY, _SHORT = 0.88, 0.95, 0.85, 0.9, 100
"""What a rule holds to be a field from the first score on leaves the text, if it is short or the rule is as sure as the second score says."""
_PICTURE = 1 << CUES.index("picture")
_OUTWEIGHS_TWIN = 0.94
"""More than the score of what only repeats a block that goes."""
_LABELS = (
    ("comment", Label.COMMENTS),
    ("consent", Label.NOTICE),
    ("ad", Label.PROMO),
    ("promo", Label.PROMO),
    ("related", Label.RELATED),
    ("share", Label.NAVIGATION),
    ("navigation", Label.NAVIGATION),
    ("tags", Label.NAVIGATION),
    ("form", Label.NAVIGATION),
)


def markup(context: Context) -> Iterator[Claim]:
    """Claim each block of a rendered page for what it most likely is."""
    if not context.document.markup or len(context.evidence) > _MOST_BLOCKS:
        return
    judge = fitted()
    likely, states, votes = _weighed(judge, context)
    body, comments = _evened(context, likely[:, _BODY]), likely[:, _COMMENTS]
    kept = body >= _KEEP
    if float(context.evidence.words[kept].sum()) < _TOO_LITTLE:
        kept |= rescued(context, kept) & (comments < _COMMENTED)
    repeats, twins = _repeats(context, kept), _twins(context, kept)
    fields = _fields(context)
    blocks = context.document.blocks
    for index in np.flatnonzero(kept).tolist():
        score = _FLOOR + _SPAN * float(body[index])
        if body[index] < fields.get(blocks[index].start, 0):
            score = min(score, _YIELDING)
        elif index in twins:
            score = max(score, _OUTWEIGHS_TWIN)
        if index in repeats:
            said = f"block {repeats[index] + 1} has the same words"
            yield context.claim(index, Label.DUPLICATE, "repeats-block", said, 0.99)
        else:
            yield context.claim(index, Label.BODY, "likely-body", f"{body[index]:.2f} likely{votes[index]}", score)
    going = np.flatnonzero(~kept)
    strongest = np.argsort(-judge.contributions(states, going), axis=1)[:, :2].tolist()
    named, unnamed = rule_labels(context), furniture(context)
    for index, (most, more) in zip(going.tolist(), strongest, strict=True):
        score = _FLOOR + _SPAN * (1 - float(body[index]))
        evidence = f"{_spoken(judge, most)}, {_spoken(judge, more)}{votes[index]}"
        label = named.get(blocks[index].start) or _label(blocks[index]) or unnamed[index]
        if label is Label.COMMENTS or comments[index] > _COMMENTED:
            yield context.claim(index, Label.COMMENTS, "likely-comment", evidence, score)
        else:
            yield context.claim(index, label, "likely-furniture", evidence, score)


def _spoken(judge: Judge, column: int) -> str:
    return judge.spoken[column].removeprefix("markup ")


@cache
def fitted() -> Judge:
    """The judge that comes with the package."""
    file = resources.files("corpusprep.cleaners") / "markup.json"
    return read_judge(json.loads(file.read_text(encoding="utf-8")))


def _weighed(judge: Judge, context: Context) -> tuple[Numbers, States, Sequence[str]]:
    """The likelihoods, what the network saw and felt, and by block what trafilatura said of it, "" where it was not asked."""
    names, rows = columns_of(context, judge)
    likely, states = judge.weigh(names, rows)
    source, texts = context.document.source, context.evidence.texts
    if source and uncertainty(likely[:, _BODY], context.evidence.words) > _UNSURE:
        votes = vote.ask(source, texts)
        if votes is not None:
            rows[:, -len(VOTES) :] = _vote_columns(context, votes)
            return *judge.weigh(names, rows), [
                "; trafilatura keeps it" if each else "; trafilatura drops it" for each in votes
            ]
    return likely, states, [""] * len(texts)


def columns_of(
    context: Context, judge: Judge, votes: Sequence[bool] | None = None
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """Names of the columns, and the matrix of a page: blocks by columns; those of the vote are last, and 0 without one."""
    worded, wording = features(context, judge.wording)
    named, placed = traits(context.document, context.evidence)
    voted = np.zeros((len(wording), len(VOTES)), np.float32) if votes is None else _vote_columns(context, votes)
    return (*worded, *(f"markup_{name}" for name in named), *VOTES), np.concatenate((wording, placed, voted), axis=1)


def _evened(context: Context, body: Numbers) -> Numbers:
    """Likelihoods drawn towards what is likely of the rest of a list or table, and of what bears the same names."""
    blocks = context.document.blocks
    named = name_groups([block.markup for block in blocks if block.markup])
    words = np.maximum(context.evidence.words, 1.0)
    for groups, share in ((list_groups(blocks), _WITH_LIST), (named, _WITH_NAMES)):
        together = np.bincount(groups, weights=body * words) / np.bincount(groups, weights=words)
        body = (1 - share) * body + share * together[groups]
    return body


def _fields(context: Context) -> dict[int, float]:
    """Starts of the blocks that a rule is sure to be a field, with the likelihood of body below which they leave the text.

    What the markup bears out goes however likely it is to be body: a heading, a caption in a figure.
    """
    fields: dict[int, float] = {}
    for _, claim in context.claims:
        if claim.score >= _FIELD and claim.label in _FIELDS:
            sure = claim.score >= _TOLD or claim.end - claim.start <= _SHORT or _bears_out(context.document, claim)
            fields[claim.start] = 1.01 if sure else _LIKELY
    return fields


def _bears_out(document: Document, claim: Claim) -> bool:
    for block in document.blocks:
        if block.start == claim.start and block.markup:
            return block.kind in (BlockKind.CAPTION, BlockKind.HEADING) or bool(_cues(block.markup.names) & _PICTURE)
    return False


@lru_cache(maxsize=1 << 12)
def _cues(names: str) -> int:
    """The cues in the names nearest to a block."""
    cues = 0
    for name in names.split(None, 8)[:8]:
        cues |= cues_of(name)
    return cues


def _vote_columns(context: Context, votes: Sequence[bool]) -> NDArray[np.float32]:
    held = np.array(votes, np.float64)
    length = context.evidence.length.astype(np.float64)
    groups = path_groups([block.markup for block in context.document.blocks if block.markup])
    on_path = np.bincount(groups, weights=held * length) / np.maximum(np.bincount(groups, weights=length), 1)
    total = float((held * length).sum())
    ones = np.ones(len(held))
    columns = (
        held * 2 - 1,
        ones,
        ones * total / max(float(length.sum()), 1.0),
        on_path[groups] * 2 - 1,
        ones * min(np.log1p(total) / 8, 2.0),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def uncertainty(body: Numbers, words: Numbers) -> float:
    """Words that may be wrong by the judge's own word, for each word that it keeps."""
    wrong: float = float((words * np.minimum(body, 1 - body)).sum()) / max(float((words * body).sum()), 20.0)
    return wrong


def _repeats(context: Context, kept: NDArray[np.bool_]) -> dict[int, int]:
    """Kept blocks that say again what a kept block before them said, with the index of that one.

    A repetition of what is not kept (the story's first lines in a teaser above it) is the story itself.
    """
    evidence = context.evidence
    seen: dict[int, int] = {}
    repeats: dict[int, int] = {}
    for index in np.flatnonzero(kept & (evidence.words >= _REFRAIN)).tolist():
        first = seen.setdefault(int(evidence.prints[index]), index)
        if first != index and evidence.texts[first].split() == evidence.texts[index].split():
            repeats[index] = first
    return repeats


def _twins(context: Context, kept: NDArray[np.bool_]) -> set[int]:
    """Kept blocks none of whose earlier likes is kept, so that they are no repetition."""
    seen: set[int] = set()
    first = set()
    for index, (stays, fingerprint) in enumerate(zip(kept.tolist(), context.evidence.prints.tolist(), strict=True)):
        if stays and fingerprint not in seen:
            seen.add(fingerprint)
            first.add(index)
    return first


_REFRAIN = 8
"""A shorter line may well come twice."""


def _label(block: Block) -> Label | None:
    """What the markup of a block that is no body says that it is, None where it does not."""
    cues = _cues(block.markup.names) if block.markup else 0
    for cue, label in _LABELS:
        if cues & 1 << CUES.index(cue):
            return label
    return Label.CAPTION if block.kind is BlockKind.CAPTION else None
