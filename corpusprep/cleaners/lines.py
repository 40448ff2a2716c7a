"""The learned judge of lines: where wording and shape prove nothing, what neighbours and place make likely.

A small network of dilated convolutions over the rows of `features` (each block sees fifteen neighbours on either side) gives every
block a likelihood of being body, comment or furniture. It was fitted by benchmarks/fit_lines.py; its weights are lines.json.
The idea of a chain of blocks judged by shallow features is that of Kohlschütter et al. (2010), Boilerplate Detection using
Shallow Text Features; dilated convolutions for sequences are those of Bai et al. (2018), arXiv:1803.01271.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from corpusprep.cleaners.evidence import CHAR
from corpusprep.cleaners.features import features
from corpusprep.cleaners.words import Wording
from corpusprep.document import BlockKind, Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.document import Claim

    Matrix = NDArray[np.float64]
    States = tuple[Matrix, list[NDArray[np.bool_]]]

__all__ = ["Judge", "furniture", "lines", "read_judge", "rescued", "rule_labels"]

CLASSES = ("body", "comments", "other")
BODY, COMMENTS, OTHER = range(3)
_MOST = 0.85
"""The judge never outweighs what a rule holds for all but certain."""
_KEEP = 0.42
"""Likelihood from which a block stays: doubt keeps."""
_KEEP_CLEAN = 0.2
"""The same where the page bears no known furniture at all."""
_BARE, _HEAD = 0.05, 3
"""Where, besides, no block below the first few is less likely, the page is a text without furniture, and all of it stays."""
_LEAN = 0.2
_CLOSE, _AFTER_THREAD = 4, 0.9
"""Two comments within so many blocks open a thread; likelihood of body that a block below it needs to stay."""
_GAP = 3
_SURE = 0.8
"""Likelihood from which a paragraph of the story, above the thread, is a comment all the same."""
_RESUMED = 0.2
"""Likelihood from which a sentence that nothing speaks against goes on with the story."""
_HEADLINE = 5.0
_PAGE = 50_000
"""What has more blocks is no page but a heap of lines; the rules alone speak on it, which bounds the memory that a document takes."""


@dataclass(frozen=True, eq=False)
class Judge:
    """The fitted network. `mean`, `deviation`: of each column; the rest are weights and biases, layer by layer."""

    columns: tuple[str, ...]
    mean: Matrix
    deviation: Matrix
    entry: tuple[Matrix, Matrix]
    layers: tuple[tuple[int, Matrix, Matrix], ...]
    exit: tuple[Matrix, Matrix]
    wording: Wording

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """The columns' names for a person to read."""
        return tuple(column.replace("_", " ") for column in self.columns)

    def likelihoods(self, context: Context) -> tuple[Matrix, States]:
        """By block and class of `CLASSES` the likelihood; and what the network saw and felt on the way."""
        return self.weigh(*features(context, self.wording))

    def weigh(self, names: tuple[str, ...], rows: NDArray[np.float32]) -> tuple[Matrix, States]:
        """The same, for rows that are at hand."""
        if names != self.columns:
            raise ValueError("the judge's weights were fitted to other columns; fit them again (benchmarks/fit_*.py)")
        scaled = np.clip((rows - self.mean) / self.deviation, -5, 5)
        hidden = np.maximum(_product(scaled, self.entry[0]) + self.entry[1], 0)
        gates = [hidden > 0]
        for reach, weights, bias in self.layers:
            added = np.maximum(_product(_shifted(hidden, reach), weights) + bias, 0)
            gates.append(added > 0)
            hidden = hidden + added
        scores = _product(hidden, self.exit[0]) + self.exit[1]
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores)
        likely /= likely.sum(axis=1, keepdims=True)
        rounded: Matrix = np.round(likely, 4).astype(np.float64)
        return rounded, (scaled, gates)

    def contributions(self, states: States, blocks: NDArray[np.int64]) -> Matrix:
        """What each column added to some blocks' leaving the text.

        Input times gradient of (other and comments) against body, along the block's own row.
        """
        scaled, gates = states
        weights = self.exit[0]
        gradient = np.broadcast_to(
            weights[:, OTHER] + weights[:, COMMENTS] - 2 * weights[:, BODY], (len(blocks), len(weights))
        )
        for (_, layer, _), gate in zip(reversed(self.layers), reversed(gates[1:]), strict=True):
            size = layer.shape[1]
            gradient = gradient + _product(gradient * gate[blocks], layer[size : 2 * size].T)
        return scaled[blocks] * _product(gradient * gates[0][blocks], self.entry[0].T)


_PRODUCT = 250_000
"""Multiplications up to which OpenBLAS stays on one thread; for matrices this small more threads only burn time."""


def _product(rows: Matrix, weights: Matrix) -> Matrix:
    """`rows @ weights`, in pieces too small to be worth a thread."""
    step = max(_PRODUCT // weights.size, 1)
    if len(rows) <= step:
        return rows @ weights
    return np.concatenate([rows[at : at + step] @ weights for at in range(0, len(rows), step)])


def _shifted(rows: Matrix, reach: int) -> Matrix:
    """Each row beside those `reach` before and after it; zeros beyond the ends."""
    count, size = rows.shape
    wide = np.zeros((count, 3 * size))
    wide[:, size : 2 * size] = rows
    if count > reach:
        wide[reach:, :size] = rows[:-reach]
        wide[:-reach, 2 * size :] = rows[reach:]
    return wide


def read_judge(table: Mapping[str, Any]) -> Judge:
    """A judge from the table that lines.json holds."""
    return Judge(
        columns=tuple(table["columns"]),
        mean=np.array(table["mean"]),
        deviation=np.array(table["deviation"]),
        entry=(np.array(table["entry"]["weights"]), np.array(table["entry"]["bias"])),
        layers=tuple((each["reach"], np.array(each["weights"]), np.array(each["bias"])) for each in table["layers"]),
        exit=(np.array(table["exit"]["weights"]), np.array(table["exit"]["bias"])),
        wording=Wording.of(table["wording"]["names"], table["wording"]["weights"]),
    )


@cache
def fitted() -> Judge:
    """The judge that comes with the package."""
    file = resources.files("corpusprep.cleaners") / "lines.json"
    return read_judge(json.loads(file.read_text(encoding="utf-8")))


def lines(context: Context) -> Iterator[Claim]:
    """Claim each block for what it most likely is, unless it was judged by its markup already."""
    if len(context.evidence) > _PAGE or any(name == "markup" for name, _ in context.claims):
        return
    judge = fitted()
    likely, states = judge.likelihoods(context)
    body, comments = likely[:, BODY], likely[:, COMMENTS]
    leaned, below = _leaned(body), _below_thread(comments)
    furnished = _furnished(context)
    bare = not (furnished or below.any() or (leaned[_HEAD:] < _BARE).any())
    kept = (leaned >= (_KEEP if furnished else _KEEP_CLEAN)) | bare
    ahead = _ahead_of_thread(context)
    kept &= ~below | ahead | (body >= _AFTER_THREAD)
    kept |= rescued(context, kept)
    threads = (comments > np.maximum(body, likely[:, OTHER])) & (not bare)
    threads &= ~ahead | (comments >= _SURE)
    threads = _filled(threads, body)
    named = rule_labels(context)
    kept |= _resumed(context, kept, likely, named)
    says = judge.spoken
    blocks = context.document.blocks
    going = np.flatnonzero(~kept | threads)
    added = judge.contributions(states, going)
    strongest = added.argmax(axis=1)
    first = strongest.tolist()
    added[np.arange(len(going)), strongest] = -np.inf
    second = added.argmax(axis=1).tolist()
    said, sure = body.tolist(), np.clip(body, 0.51, _MOST).tolist()
    for index in np.flatnonzero(kept & ~threads).tolist():
        yield context.claim(index, Label.BODY, "likely-body", f"{said[index]:.2f} likely", sure[index])
    unsure, unnamed, commented = np.clip(1 - body, 0.51, _MOST).tolist(), furniture(context), threads.tolist()
    for index, most, more in zip(going.tolist(), first, second, strict=True):
        evidence = f"{says[most]}, {says[more]}"
        if commented[index]:
            score = min(max(float(comments[index]), 0.6), _MOST)
            yield context.claim(index, Label.COMMENTS, "likely-comment", evidence, score)
        else:
            label = named.get(blocks[index].start) or unnamed[index]
            yield context.claim(index, label, "likely-furniture", evidence, unsure[index])


def _furnished(context: Context) -> bool:
    """Whether the page bears any known furniture; text that was clean before should stay as it is."""
    return any(context.phrases.has(name, "line", "sure").any() for name in _FURNITURE)


_FURNITURE = ("share", "navigation", "related", "promo", "comments", "sections", "reply", "notice")


def _leaned(body: Matrix) -> Matrix:
    """Likelihoods leaned a little towards those of the two neighbours: stories and furniture come in runs."""
    wide = np.concatenate((body[:1], body, body[-1:]))
    leaned: Matrix = (1 - _LEAN) * body + _LEAN * (wide[:-2] + body + wide[2:]) / 3
    return leaned


def _ahead_of_thread(context: Context) -> NDArray[np.bool_]:
    """The story's own paragraphs, on a page on which a thread was found below them."""
    starts = [claim.start for name, claim in context.claims if name == "comments"]
    ahead = context.regions.prose.copy()
    ahead[: context.regions.start] = ahead[context.regions.end :] = False
    blocks = context.document.blocks
    ahead[[index for index, block in enumerate(blocks) if not starts or block.start >= min(starts)]] = False
    return ahead


def _below_thread(comments: Matrix) -> NDArray[np.bool_]:
    """The blocks from the first on at which comments come close together: prose there is rarely the story's."""
    likely = comments > 0.5
    close = np.convolve(likely, np.ones(_CLOSE), "full")[_CLOSE - 1 :]
    openings = np.flatnonzero(likely & (close >= 2))
    below = np.zeros(len(comments), np.bool_)
    if len(openings):
        below[openings[0] :] = True
    return below


def rescued(context: Context, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The story's run of prose, where next to nothing would be kept: the judge must have erred."""
    evidence, regions = context.evidence, context.regions
    run = np.zeros(len(kept), np.bool_)
    run[regions.start : regions.end] = regions.prose[regions.start : regions.end]
    words = float(evidence.words[run].sum())
    return run if words >= 40 and float(evidence.words[kept].sum()) < 0.15 * words else np.zeros(len(kept), np.bool_)


def _resumed(
    context: Context, kept: NDArray[np.bool_], likely: Matrix, named: Mapping[int, Label]
) -> NDArray[np.bool_]:
    """Sentences without a phrase of furniture that follow what is kept, at once or below a box amid the story.

    The judge leans on neighbours and position, so a box of links makes it doubt the last, short paragraphs below it.
    """
    evidence, blocks = context.evidence, context.document.blocks
    worth = evidence.statement & (evidence.words >= _HEADLINE) & (likely[:, BODY] >= _RESUMED) & ~kept
    worth &= (context.phrases.meanings == 0) & (likely[:, COMMENTS] < likely[:, BODY])
    threads = context.phrases.has("comments")
    found = np.zeros(len(kept), np.bool_)
    for index in np.flatnonzero(worth).tolist():
        before, labels = index - 1, set()
        while before >= 0 and named.get(blocks[before].start) in _BOXES and not threads[before]:
            labels.add(named[blocks[before].start])
            before -= 1
        if before >= 0 and (kept[before] or found[before]) and (not labels or labels & _BOXED):
            found[index] = blocks[index].kind is BlockKind.PARAGRAPH and blocks[index].start not in named
    return found


_BOXES = {Label.RELATED, Label.PROMO, Label.NAVIGATION, Label.CAPTION}
_BOXED = {Label.RELATED, Label.PROMO}
"""What a box amid a story holds; a mere row of controls parts the pictures of a gallery as well."""


def _filled(threads: NDArray[np.bool_], body: Matrix) -> NDArray[np.bool_]:
    """Comments, and the few blocks between two of them that are not surely the story's."""
    filled = threads.copy()
    places = np.flatnonzero(threads).tolist()
    for before, after in itertools.pairwise(places):
        if 1 < after - before <= _GAP + 1 and body[before + 1 : after].max() < 0.8:
            filled[before + 1 : after] = True
    return filled


def rule_labels(context: Context) -> dict[int, Label]:
    """By the start of a block, the label of the strongest claim that it is not body: the judge weighs, the rules name."""
    best: dict[int, tuple[float, Label]] = {}
    for _, claim in context.claims:
        if claim.label is not Label.BODY and claim.score > best.get(claim.start, (0.0, claim.label))[0]:
            best[claim.start] = claim.score, claim.label
    return {start: label for start, (_, label) in best.items()}


def furniture(context: Context) -> list[Label]:
    """What each block, were it no body and named by no rule, most likely is, by its phrases, its place and its length."""
    evidence, phrases = context.evidence, context.phrases
    row = (evidence.chars[:, CHAR["bar"]] > 1) | (phrases.covered > 0.5)
    headline = (evidence.words >= _HEADLINE) & ~row
    headline[: context.regions.start + 1] = False
    labels = [Label.RELATED if each else Label.NAVIGATION for each in headline.tolist()]
    for name, label in (("caption", Label.CAPTION), ("promo", Label.PROMO), ("notice", Label.NOTICE)):
        for index in np.flatnonzero(phrases.has(name, "sure", "any")).tolist():
            labels[index] = label
    return labels
