"""Fit the model by which another story on a page is told: corpusprep/cleaners/boundaries.json.

    python benchmarks/fit_appended.py WIRE.jsonl.gz PAGES.jsonl.gz FLATTENED.jsonl.gz [--models FOLDER]

Documents with and without a second story are put together from the rows of the files (splices.py, singles.py), each with two sets of
roles: the labels it was made with, and what the cleaners make of it. A document's likelihood is that of one choice among its gaps
and "no boundary"; the score of a gap is the soft minimum of three linear parts. Plain gradient descent (L-BFGS) from fixed starts:
the same files give the same weights. Prints what five-fold cross-validation finds with the roles that the cleaners give, by kind;
`--models` keeps the five models, too.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
from dataclasses import dataclass, replace
from multiprocessing import Pool
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from singles import made, plain
from splices import FOLDS, Case, Line, read_pages, read_wire, spliced_pages, spliced_wire

from corpusprep.cleaners import appended, boundaries, layout
from corpusprep.cleaners.context import Context
from corpusprep.cleaners.evidence import measure
from corpusprep.cleaners.matching import lexicon_trie, match
from corpusprep.cleaners.regions import find_regions
from corpusprep.cleaners.registry import selected
from corpusprep.config import Config
from corpusprep.document import Block, Document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

RIDGE = 1.0
FOUND, PASSED = 1.0, 1.0
"""Percent of the boundaries with some score that the layout may rule out, so that the words of few pages need be looked at."""
ROLES = {"chrome": layout.FURNITURE, "body": layout.BODY, "comments": layout.COMMENTS}
LAYOUT = np.array([name in boundaries.LAYOUT for name in boundaries.FEATURES])
SIZES = 5
"""The first features of the layout, which say how long the parts are."""


def cases(wire: Path, pages: Path, flattened: Path, seed: int = 1, scale: float = 1.0) -> list[Case]:
    """The documents, the same for the same seed."""
    stories, real = read_wire(wire), read_pages(pages, flattened)
    rng = random.Random(seed)
    return [
        *spliced_wire(stories, rng, round(3000 * scale)),
        *spliced_pages(real, rng, round(2000 * scale)),
        *plain(stories),
        *plain(real),
        *made(stories, rng, round(7000 * scale), "wire"),
        *made(real, rng, round(3500 * scale), "page"),
    ]


def document(lines: Sequence[Line]) -> Document:
    blocks, at = [], 0
    for line in lines:
        blocks.append(Block(at, at + len(line.text)))
        at += len(line.text) + 2
    return Document("\n\n".join(line.text for line in lines), tuple(blocks))


@dataclass(frozen=True)
class Gaps:
    """Of one document under one set of roles, labelled or cleaned: features by gap, which gaps are boundaries, which lie in the text.

    A gap lies in the text when a line of the last story's text follows it: below, there is but a thread or the page's foot.
    """

    case: int
    cleaned: bool
    features: NDArray[np.float32]
    true: NDArray[np.bool_]
    within: NDArray[np.bool_]


def leaky(lines: Sequence[Line], rng: random.Random) -> list[Line]:
    """The labels, but for some sentences of furniture that a cleaner would miss."""
    return [
        replace(line, role="body")
        if line.role == "chrome" and len(line.text.split()) >= 10 and line.text.rstrip()[-1:] in ".!?…" and rng.random() < 0.06
        else line
        for line in lines
    ]  # fmt: skip


def cleaned_roles(doc: Document) -> NDArray[np.int8]:
    """What the cleaners before `appended` make of a document."""
    config = Config()
    evidence = measure(doc)
    phrases, regions = match(lexicon_trie(), evidence), find_regions(evidence)
    claims: list = []
    for name, cleaner in selected(config.clean):
        if name != "appended":
            context = Context(doc, evidence, phrases, regions, config, tuple(claims))
            claims.extend((name, claim) for claim in cleaner(context))
    return appended.read_roles(Context(doc, evidence, phrases, regions, config, tuple(claims)))


def gaps_of(numbered: tuple[int, Case]) -> list[Gaps]:
    number, case = numbered
    if not case.lines:
        return []
    doc = document(case.lines)
    evidence = measure(doc)
    phrases = match(lexicon_trie(), evidence)
    story = np.array([line.story for line in case.lines])
    labelled = np.array([ROLES[line.role] for line in leaky(case.lines, random.Random(number))], np.int8)
    last = max((index for index, line in enumerate(case.lines) if line.role == "body"), default=-1)
    found = []
    for cleaned, roles in enumerate((labelled, cleaned_roles(doc))):
        page = layout.read_page(evidence, phrases, roles)
        gaps = boundaries.propose(page)
        if gaps is not None:
            true = story[gaps.units[gaps.cuts]] > story[gaps.units[gaps.cuts - 1]]
            rows = boundaries.measure_gaps(page, gaps).rows(boundaries.FEATURES)
            within = gaps.units[gaps.cuts] <= last
            found.append(Gaps(number, bool(cleaned), rows.astype(np.float32), true, within))
    return found


# --- the fit --------------------------------------------------------------------------------------------------------


def fit(documents: Sequence[Gaps], threshold: float = 0.0) -> boundaries.Model:
    """The model of some documents."""
    rows = np.concatenate([each.features for each in documents]).astype(np.float64)
    true = np.concatenate([each.true for each in documents])
    sizes = np.array([len(each.true) for each in documents])
    low, high = np.percentile(rows[true], [0.5, 99.5], axis=0)
    rows = np.clip(rows, low, high)
    mean, deviation = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = np.column_stack([(rows - mean) / deviation, np.ones(len(rows))])
    layout = np.append(LAYOUT, True)
    everything = np.ones(len(layout), bool)
    one = _descend(
        _Loss(scaled, true, sizes, everything[np.newaxis]), -4.0 * np.eye(1, len(layout), len(layout) - 1), 150
    )
    words = ~layout
    words[:SIZES] = words[-1] = True
    start = np.where(
        [everything, words, layout], one, 0
    )  # the parts begin apart, so that they grow to be of different minds
    start[:, -1] += (1, 4, 4)
    weights = _descend(_Loss(scaled, true, sizes, np.array([everything, everything, layout])), start, 250)
    slopes = weights[:, :-1] / deviation
    model = boundaries.Model(low, high, slopes, weights[:, -1] - slopes @ mean, np.zeros(LAYOUT.sum() + 1), threshold)
    found = true & (model.scores(rows) > FOUND)
    gate = _gate(_Loss(scaled[:, layout], true, sizes, np.ones((1, LAYOUT.sum() + 1), bool))) / np.append(
        deviation[LAYOUT], 1
    )
    return replace(model, gate=np.append(gate[:-1], -np.percentile(rows[found][:, LAYOUT] @ gate[:-1], PASSED)))


def _gate(loss: _Loss) -> Floats:
    """The weights by which the layout alone tells most."""
    size = loss.free.shape[1]
    return _descend(loss, -4.0 * np.eye(1, size, size - 1), 100)[0]


class _Loss:
    """Minus the log likelihood of the documents, and its slope, where `free` allows the weights to move."""

    def __init__(
        self, scaled: Floats, true: NDArray[np.bool_], sizes: NDArray[np.int64], free: NDArray[np.bool_]
    ) -> None:
        self.scaled, self.true, self.free = scaled, true, free
        self.first = np.cumsum(sizes) - sizes
        self.owner = np.repeat(np.arange(len(sizes)), sizes)
        self.positive = np.bincount(self.owner, true, len(sizes)) > 0

    def __call__(self, weights: Floats) -> tuple[float, Floats]:
        owner, count = self.owner, len(self.first)
        parts = self.scaled @ weights.T
        least = parts.min(axis=1, keepdims=True)
        shares = np.exp(least - parts)
        scores = least[:, 0] - np.log(shares.sum(axis=1))
        shares /= shares.sum(axis=1, keepdims=True)
        top = np.maximum(np.maximum.reduceat(scores, self.first), 0)
        odds = np.exp(scores - top[owner])
        total = np.exp(-top) + np.bincount(owner, odds, count)
        right = np.where(self.positive, np.bincount(owner, odds * self.true, count), np.exp(-top))
        right = np.maximum(right, 1e-300)
        wanted = np.where(self.positive[owner], odds * self.true / right[owner], 0)
        slope = shares * (odds / total[owner] - wanted)[:, np.newaxis]
        penalised = weights.copy()
        penalised[:, -1] = 0
        value = np.log(total / right).sum() + RIDGE / 2 * (penalised**2).sum()
        return float(value), (slope.T @ self.scaled + RIDGE * penalised) * self.free


def _descend(loss: Callable[[Floats], tuple[float, Floats]], start: Floats, steps: int, memory: int = 10) -> Floats:
    """L-BFGS with a backtracking line search (Nocedal and Wright, Numerical Optimization, algorithm 7.5)."""
    at = start
    value, slope = loss(at)
    history: collections.deque[tuple[Floats, Floats]] = collections.deque(maxlen=memory)
    for _ in range(steps):
        direction = -_inverse_times(slope, history)
        step, drop = 1.0, float((slope * direction).sum())
        if not history:
            step = min(1.0, 1.0 / float(np.abs(slope).sum()))
        while True:
            there = at + step * direction
            value_there, slope_there = loss(there)
            if value_there <= value + 1e-4 * step * drop:
                break
            step /= 2
            if step < 1e-12:
                return at
        moved, turned = there - at, slope_there - slope
        if float((moved * turned).sum()) > 1e-10:
            history.append((moved, turned))
        done = value - value_there < 1e-7 * max(abs(value), 1.0)
        at, value, slope = there, value_there, slope_there
        if done:
            break
    return at


def _inverse_times(slope: Floats, history: collections.deque[tuple[Floats, Floats]]) -> Floats:
    result, steps = slope.copy(), []
    for moved, turned in reversed(history):
        share = float((moved * result).sum()) / float((moved * turned).sum())
        result -= share * turned
        steps.append(share)
    if history:
        moved, turned = history[-1]
        result *= float((moved * turned).sum()) / float((turned * turned).sum())
    for (moved, turned), share in zip(history, reversed(steps), strict=True):
        result += (share - float((turned * result).sum()) / float((moved * turned).sum())) * moved
    return result


# --- what cross-validation says -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """Of one document: its best score, and whether the gap that has it is a boundary; of single ones, the best score in the text."""

    case: int
    cleaned: bool
    score: float
    right: bool


def cross_validate(documents: Sequence[Gaps], made_of: Sequence[Case]) -> tuple[list[Verdict], list[boundaries.Model]]:
    verdicts, models = [], []
    for fold in range(FOLDS):
        model = fit([each for each in documents if made_of[each.case].fold != fold])
        models.append(model)
        for each in documents:
            if made_of[each.case].fold == fold:
                scores = model.scores(each.features.astype(np.float64))
                if not made_of[each.case].starts:
                    scores = np.where(each.within, scores, -np.inf)
                best = int(scores.argmax())
                verdicts.append(Verdict(each.case, each.cleaned, float(scores[best]), bool(each.true[best])))
    return verdicts, models


def choose_threshold(verdicts: Sequence[Verdict], made_of: Sequence[Case], rate: float) -> float:
    """The score that no more than that share of the single documents reach, with the roles that the cleaners give."""
    single = sum(not case.starts for case in made_of)
    ranked = sorted((v.score for v in verdicts if v.cleaned and not made_of[v.case].starts), reverse=True)
    return ranked[int(rate * single)] + 1e-6


def report(verdicts: Sequence[Verdict], made_of: Sequence[Case], threshold: float) -> None:
    hits = {v.case for v in verdicts if v.cleaned and v.score >= threshold and (v.right or not made_of[v.case].starts)}
    rows: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for number, case in enumerate(made_of):
        source, *rest = case.kind.split("/")
        keys = (
            [f"{source} {part}" for part in rest] + [f"{source} all"]
            if case.starts
            else [f"single {case.kind}", "single all"]
        )
        for key in keys:
            rows[key][0] += number in hits
            rows[key][1] += 1
    print(f"threshold {threshold:.2f}")
    for key, (hit, count) in sorted(rows.items()):
        print(f"{key:32s} {count:6d} {'cut' if key.startswith('single') else 'found'} {hit / count:.4f}")


def write(model: boundaries.Model, path: Path) -> None:
    def short(value: float) -> float:
        return float(f"{value:.5g}")

    rows = {
        name: {
            "low": short(model.low[i]),
            "high": short(model.high[i]),
            "weights": [short(w) for w in model.weights[:, i]],
            **({"gate": short(model.gate[i])} if name in boundaries.LAYOUT else {}),
        }
        for i, name in enumerate(boundaries.FEATURES)
    }
    table = {
        "threshold": short(model.threshold),
        "bias": [short(b) for b in model.bias],
        "gate": short(model.gate[-1]),
        "features": rows,
    }
    lines = json.dumps(table, indent=1).replace('{\n   "low"', '{"low"').replace("\n   ", " ").replace("\n  }", "}")
    path.write_text(lines + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wire", type=Path)
    parser.add_argument("pages", type=Path)
    parser.add_argument("flattened", type=Path)
    parser.add_argument("--rate", type=float, default=0.0005, help="share of single stories that may lose a paragraph")
    parser.add_argument("--models", type=Path, help="folder for the models of the folds")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    made_of = cases(arguments.wire, arguments.pages, arguments.flattened)
    with Pool(arguments.workers) as pool:
        documents = [gaps for some in pool.imap(gaps_of, enumerate(made_of), 32) for gaps in some]
    verdicts, models = cross_validate(documents, made_of)
    threshold = choose_threshold(verdicts, made_of, arguments.rate)
    for rate in (0.002, 0.001, arguments.rate):
        print(f"\nat {rate:.2%} of single stories cut amid their text:", end=" ")
        report(verdicts, made_of, choose_threshold(verdicts, made_of, rate))
    if arguments.models:
        arguments.models.mkdir(parents=True, exist_ok=True)
        for fold, model in enumerate(models):
            write(replace(model, threshold=threshold), arguments.models / f"fold{fold}.json")
    write(fit(documents, threshold), Path(boundaries.__file__).with_name("boundaries.json"))


if __name__ == "__main__":
    main()
