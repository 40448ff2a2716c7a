"""Where another story begins on a page, and how likely it does.

Structure proposes: only a gap between two paragraphs that holds something else (a line, a thread), or after which a dateline
stands, is looked at. Cohesion confirms: such a gap gets the features of FEATURES, and a model of three linear parts, of which
the weakest counts most; one of them sees the layout alone. Neither a break in the layout nor a change of matter is
enough by itself, and a gap that its layout rules out never costs a look at its words.

The model was fitted by benchmarks/fit_appended.py, on documents put together from real ones. That word overlap falls at a change
of matter is the idea of Hearst (1997), TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from corpusprep.cleaners.boundary_model import FEATURES, LAYOUT, Model, fitted, read_model
from corpusprep.cleaners.cohesion import bag_units, measure_cohesion
from corpusprep.cleaners.layout import COMMENTS, HEADER, KINDS, is_dateline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from corpusprep.cleaners.layout import Page

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Table = dict[str, Floats]

__all__ = [
    "FEATURES",
    "LAYOUT",
    "Boundary",
    "Gaps",
    "Model",
    "boundaries",
    "fitted",
    "measure_gaps",
    "propose",
    "read_model",
]

_FEWEST_UNITS, _FEWEST_WORDS = 3, 60.0
"""What a story has on either side of a boundary..."""
_FEWEST_UNITS_HEADED, _FEWEST_WORDS_HEADED = 2, 30.0
"""...and what is enough where the document's own header comes again."""
_FLUENT = 2
"""Paragraphs that follow on each other somewhere on either side."""
_DATELINE = re.compile(r"[^.:(]{4,40}(?:\([^()]{2,30}\) ?)?(?:--|–|—| - )")
_STRANGE, _PARTED, _AGAIN = 0.05, -1.0, 1.0
"""Texts with so little in common, in all and beside what either has with itself, are two stories where the dateline comes again;
how far above the threshold that is."""
_SHORT = 6
"""Words of a line that may stand amid a header."""
_CUE, _CUE_MORE = 0.34, 0.15

_SIGN_OFF = re.compile(r"(?:\([^()\n]{2,60}\)|#{3}|-30-|\bENDS?|■|◼|\b(?i:reuters?)|\bAP|\bAFP|\bdpa)\W*$")
_QUOTES = "\"'“”‘’«»„‹›「『"


class Boundary(NamedTuple):
    """Another story begins at block `start`; its first paragraph is block `paragraph`, its headline `title`, or -1. score: 0 to 1."""

    start: int
    paragraph: int
    title: int
    score: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Gaps:
    """Gaps of one part of a page that may be boundaries.

    units: the part's paragraphs, as indices of blocks. cuts: the gaps, as indices of the units after them. table: features by
    name, an entry a gap.
    """

    units: Ints
    cuts: Ints
    table: Table

    def rows(self, names: tuple[str, ...]) -> Floats:
        """A row for each gap, a column for each name."""
        return np.stack([self.table[name] for name in names], axis=1)

    def keep(self, kept: Flags) -> Gaps:
        """Only these gaps."""
        return Gaps(self.units, self.cuts[kept], {name: column[kept] for name, column in self.table.items()})


def propose(page: Page, part: tuple[int, int] | None = None) -> Gaps | None:
    """The gaps in a part of the page (a range of units) where a story may begin, with their layout; None when there is none."""
    units = page.units if part is None else page.units[slice(*part)]
    if len(units) < 2 * _FEWEST_UNITS_HEADED:
        return None
    words = page.evidence.words[units]
    total = np.concatenate(([0.0], np.cumsum(words)))
    datelines = np.array([is_dateline(page.evidence.texts[unit]) for unit in units.tolist()])
    numbers = np.arange(1, len(units))
    least = np.minimum(total[1:-1], total[-1] - total[1:-1])
    possible = (np.minimum(numbers, len(units) - numbers) >= _FEWEST_UNITS_HEADED) & (least >= _FEWEST_WORDS_HEADED)
    cuts = numbers[possible & ((np.diff(units) > 1) | datelines[1:])]
    cuts = cuts[_longest_runs(units, cuts) >= _FLUENT]
    if not len(cuts):
        return None
    table = _sizes(cuts, total)
    _between(table, page, units, cuts)
    _openings(table, page, units, cuts, datelines)
    headed = (table["repeated"] > 0) | (table["stamp_shape"] > 0) | (table["dateline_again"] > 0)
    headed |= (table["template"] > 0) & (table["headline"] > 0)
    large = (np.minimum(cuts, len(units) - cuts) >= _FEWEST_UNITS) & (least[cuts - 1] >= _FEWEST_WORDS)
    gaps = Gaps(units, cuts, table).keep(headed | large)
    return gaps if len(gaps.cuts) else None


def _longest_runs(units: Ints, cuts: Ints) -> Ints:
    """The most paragraphs that follow on each other before a gap, or after it, whichever is less."""
    number = np.arange(len(units))
    begins = np.concatenate(([True], np.diff(units) > 1))
    ends = np.concatenate((begins[1:], [True]))
    so_far = number - np.maximum.accumulate(np.where(begins, number, 0)) + 1
    to_come = np.minimum.accumulate(np.where(ends, number, len(units))[::-1])[::-1] - number + 1
    before = np.maximum.accumulate(so_far)[cuts - 1]
    after = np.maximum.accumulate(to_come[::-1])[::-1][cuts]
    return np.minimum(before, after)


def _sizes(cuts: Ints, total: Floats) -> Table:
    before, after = np.log(total[cuts]), np.log(total[-1] - total[cuts])
    units = len(total) - 1
    return {
        "words_before": before,
        "words_after": after,
        "words_least": np.minimum(before, after),
        "units_least": np.log(np.minimum(cuts, units - cuts)),
        "units": np.full(len(cuts), np.log(units)),
    }


def _between(table: Table, page: Page, units: Ints, cuts: Ints) -> None:
    """What stands in the gaps, and what in the others: what is like all others is the document's own way."""
    low, high = units[cuts - 1] + 1, units[cuts]
    near = np.maximum(low, high - HEADER)
    wide, close = page.count(low, high), page.count(near, high)
    at = {name: number for number, name in enumerate(KINDS)}
    table["furniture"] = np.log1p(np.minimum(wide[at["furniture"]], 8))
    table["lines"] = np.log1p(np.minimum(wide[at["line"]], 8))
    far = page.count(low, np.maximum(low, high - 4))[at["line"]]
    table["far_lines"] = np.log1p(np.minimum(far, 12))
    table["template"] = np.minimum(close[at["template"]], 3).astype(np.float64)
    table["thread"] = np.minimum(wide[at["thread"]], 1).astype(np.float64)
    for name in ("stamp", "byline", "headline"):
        table[name] = np.minimum(close[at[name]], 1).astype(np.float64)
    for name in ("stamp", "thread", "headline", "template"):
        here = np.minimum(table[name], 1)
        table[f"other_{name}s"] = np.log1p(here.sum() - here)
    first, last = np.full(len(cuts), units[0]), np.full(len(cuts), units[-1])
    for name, start, end in (("before", first, low), ("between", low, near), ("after", high, last)):
        table[f"stamps_{name}"] = np.log1p(np.minimum(page.count(start, end)[at["dated"]], 20))
    table["other_gaps"] = np.full(len(cuts), np.log(len(cuts)))
    shapes = page.stamp_shapes(max(int(page.units[0]) - HEADER, 0), int(page.units[0]))
    pairs = list(zip(near.tolist(), high.tolist(), strict=True))
    table["stamp_shape"] = np.array([bool(shapes and shapes & page.stamp_shapes(*pair)) for pair in pairs], np.float64)
    table["repeated"] = np.array([_repeated(page, *pair) for pair in pairs], np.float64)


def _repeated(page: Page, low: int, high: int) -> bool:
    """Whether a headline stands twice among these blocks."""
    prints = page.evidence.prints[low:high][page.is_kind("headline")[low:high]].tolist()
    return len(set(prints)) < len(prints)


def _openings(table: Table, page: Page, units: Ints, cuts: Ints, datelines: Flags) -> None:
    """How the paragraphs right before and after the gaps end and open."""
    texts, words = page.evidence.texts, page.evidence.words[units]
    here = datelines[cuts].astype(np.float64)
    table["dateline"] = here
    table["dateline_again"] = here * (float(datelines[0]) - np.log1p(max(datelines.sum() - 2, 0)))
    table["sign_off"] = np.array(
        [bool(_SIGN_OFF.search(texts[at][-60:])) for at in units[cuts - 1].tolist()], np.float64
    )
    table["quote"] = np.array([texts[at][0] in _QUOTES for at in units[cuts].tolist()], np.float64)
    table["question"] = np.array([texts[at][-1] in "?？؟" for at in units[cuts].tolist()], np.float64)
    table["doubted"] = page.is_kind("doubted")[units[cuts]].astype(np.float64)
    table["opening_words"] = np.log(words[cuts] / np.median(words))
    _density(table, page, units, cuts)
    table["spread_before"] = np.log(units[cuts - 1] - units[np.maximum(cuts - 3, 0)] + 1)
    table["spread_after"] = np.log(units[np.minimum(cuts + 2, len(units) - 1)] - units[cuts] + 1)


def _density(table: Table, page: Page, units: Ints, cuts: Ints) -> None:
    """How much of what surrounds the gaps is paragraphs: a page's foot has some, far apart."""
    words = page.evidence.words
    prose = np.zeros(len(words))
    prose[page.units] = words[page.units]
    sums = np.concatenate(([[0.0], [0.0]], np.cumsum([prose, words], axis=1)), axis=1)
    last, first = units[cuts - 1] + 1, units[cuts]
    for name, low, high in (
        ("density_before", np.maximum(last - HEADER, 0), last),
        ("density_after", first, np.minimum(first + HEADER, len(words))),
    ):
        inside, around = sums[:, high] - sums[:, low]
        table[name] = inside / np.maximum(around, 1)
    after = page.count(first, np.minimum(first + HEADER, len(words)))
    table["thread_after"] = np.log1p(after[KINDS.index("thread")])
    breaks = np.diff(units) > 1
    number = np.arange(len(units))
    begins = np.maximum.accumulate(np.where(np.concatenate(([True], breaks)), number, 0))
    ends = np.minimum.accumulate(np.where(np.concatenate((breaks, [True])), number, len(units))[::-1])[::-1]
    table["run_before"] = np.log(np.minimum(cuts - begins[cuts - 1], 6))
    table["run_after"] = np.log(np.minimum(ends[cuts] - cuts + 1, 6))


def measure_gaps(page: Page, gaps: Gaps) -> Gaps:
    """Add what the words say to the features of the gaps."""
    table = dict(gaps.table)
    units, cuts = gaps.units, gaps.cuts
    _titles(table, page, units, cuts)
    number = np.full(len(page.roles), -1)
    number[units] = np.arange(len(units))
    hashes, block = page.terms
    measured = measure_cohesion(bag_units(hashes, number[block], page.weights.terms, len(units)), cuts)
    for name in ("whole", "ahead", "around", "opening", "onward", "back", "inner_before", "inner_after", "across"):
        table[name] = getattr(measured, name)
    before, after = np.maximum(measured.inner_before, 0), np.maximum(measured.inner_after, 0)
    table["contrast"] = np.log((measured.across + 0.002) / (np.sqrt(before * after) + 0.002))
    table["contrast_least"] = np.log((measured.across + 0.002) / (np.minimum(before, after) + 0.002))
    table["overall"] = np.full(len(cuts), measured.overall)
    table["known"] = np.full(len(cuts), float(page.weights.known))
    return Gaps(units, cuts, table)


def _titles(table: Table, page: Page, units: Ints, cuts: Ints) -> None:
    """How much the best headline in each gap says of the text after and before it, and where such headlines stand."""
    gap, _, ahead, behind = _title_shares(page, units, cuts)
    after, before, cues = np.zeros(len(cuts)), np.zeros(len(cuts)), np.zeros(len(cuts))
    order = np.argsort(ahead - behind, kind="stable")  # the best of each gap comes last, and stays
    after[gap[order]], before[gap[order]] = ahead[order], behind[order]
    cues[gap[_is_cue(ahead, behind)]] = 1
    table["title_after"], table["title_before"], table["title_cue"] = after, before, cues
    table["other_cues"] = np.log1p(cues.sum() - cues)
    words = np.concatenate(([0.0], np.cumsum(page.evidence.words[units])))
    marks = np.concatenate(([0.0], words[cuts[cues > 0]], words[-1:]))
    here = words[cuts]
    since = here - marks[np.searchsorted(marks, here, side="left") - 1]
    until = marks[np.searchsorted(marks, here, side="right")] - here
    table["section_least"] = np.log(np.minimum(since, until) + 1)


def _is_cue(ahead: Floats, behind: Floats) -> Flags:
    """Whether a headline speaks of what follows rather than of what came before."""
    cue: Flags = (ahead >= _CUE) & (ahead > behind + _CUE_MORE)
    return cue


def _title_shares(page: Page, units: Ints, cuts: Ints) -> tuple[Ints, Ints, Floats, Floats]:
    """Of each headline-like line near the end of a gap: gap, block, and the weighed share of its terms ahead and behind."""
    low, high = units[cuts - 1] + 1, units[cuts]
    sizes = np.minimum(high - low, HEADER - 3)
    gap, step = _spread(sizes)
    block = high[gap] - 1 - step
    chosen = page.is_kind("headline")[block]
    gap, block = gap[chosen], block[chosen]
    hashes, owner = page.terms
    bounds = np.searchsorted(owner, np.arange(len(page.roles) + 1))
    line, step = _spread(bounds[block + 1] - bounds[block])
    token = bounds[block][line] + step
    weight = page.weights.terms[token]
    weight = np.where(weight >= 1.5, weight, 0)
    total = np.bincount(line, weight, len(block)) + 4
    told = np.bincount(line, weight > 0, len(block)) >= 2
    vocabulary, ids = np.unique(hashes[token], return_inverse=True)
    seen = _presence(page, units, vocabulary)
    cut = cuts[gap][line]
    ahead = np.bincount(line, weight * (seen[np.minimum(cut + 5, len(units)), ids] > seen[cut, ids]), len(block))
    behind = np.bincount(line, weight * (seen[cut, ids] > 0), len(block))
    return gap, block, ahead * told / total, behind * told / total


def _spread(sizes: Ints) -> tuple[Ints, Ints]:
    """For groups of these sizes laid end to end: the group of each member, and its place in the group."""
    group = np.repeat(np.arange(len(sizes)), sizes)
    return group, np.arange(len(group)) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _presence(page: Page, units: Ints, vocabulary: NDArray[np.uint64]) -> Ints:
    """How often the terms stand before each unit; a row for each unit and one for the end."""
    number = np.full(len(page.roles), -1)
    number[units] = np.arange(len(units))
    size = len(vocabulary)
    hashes, block = page.terms
    unit = number[block]
    at = np.minimum(np.searchsorted(vocabulary, hashes), max(size - 1, 0))
    hit = (unit >= 0) & (vocabulary[at] == hashes) if size else np.zeros(len(unit), np.bool_)
    counts = np.bincount((unit[hit] + 1) * size + at[hit], minlength=(len(units) + 1) * size)
    return counts.reshape(len(units) + 1, size).cumsum(axis=0)


def boundaries(page: Page, model: Model | None = None) -> list[Boundary]:
    """Where other stories begin on a page, in order."""
    model = model or fitted()
    found: list[Boundary] = []
    parts: list[tuple[int, int]] = [(0, len(page.units))]
    while parts:
        first, end = parts.pop()
        gaps = propose(page, (first, end))
        if gaps is None:
            continue
        again = _opens_again(page, gaps)
        if not (again | model.possible(gaps.rows(LAYOUT))).any():
            continue
        gaps = measure_gaps(page, gaps)
        again &= (gaps.table["whole"] < _STRANGE) & (gaps.table["contrast"] < _PARTED)
        scores = np.where(again, model.threshold + _AGAIN, model.scores(gaps.rows(FEATURES)))
        best = int(scores.argmax())
        if scores[best] >= model.threshold:
            cut = int(gaps.cuts[best])
            score = 1 / (1 + float(np.exp(-scores[best])))
            found.append(Boundary(*_header(page, gaps, cut), score, _explain(gaps, best)))
            parts += [(first, first + cut), (first + cut, end)]
    return sorted(found)


def _opens_again(page: Page, gaps: Gaps) -> Flags:
    """Whether the paragraph after a gap opens with a dateline as the first paragraph of all does, and no third one does."""
    again: Flags = gaps.table["dateline_again"] == 1
    if again.any() and not _DATELINE.match(page.evidence.texts[gaps.units[0]]):
        again[:] = False
    for index in np.flatnonzero(again).tolist():
        again[index] = bool(_DATELINE.match(page.evidence.texts[gaps.units[gaps.cuts[index]]]))
    return again


def _header(page: Page, gaps: Gaps, cut: int) -> tuple[int, int, int]:
    """Where the story's header begins, its first paragraph, and its headline (-1 if it has none)."""
    low, high = int(gaps.units[cut - 1]) + 1, int(gaps.units[cut])
    small = page.is_kind("stamp") | page.is_kind("byline") | page.is_kind("template")
    _, block, ahead, behind = _title_shares(page, gaps.units, np.array([cut]))
    titles = block[_is_cue(ahead, behind)]
    title = int(titles.min()) if len(titles) else _signed_headline(page, low, high)
    start = title if title >= 0 else high
    while start > low and (small[start - 1] or (start == high and page.is_kind("headline")[start - 1])):
        start -= 1
    return start, high, title


def _signed_headline(page: Page, low: int, high: int) -> int:
    """The nearest headline above a paragraph with a stamp or a byline between them, and nothing longer; -1 for none."""
    signed = False
    for index in range(high - 1, max(low, high - HEADER // 2) - 1, -1):
        if page.is_kind("stamp")[index] or page.is_kind("byline")[index]:
            signed = True
        elif page.is_kind("headline")[index]:
            return index if signed else -1
        elif page.roles[index] == COMMENTS or page.evidence.words[index] > _SHORT:
            return -1
    return -1


def _explain(gaps: Gaps, index: int) -> str:
    value = {name: float(column[index]) for name, column in gaps.table.items()}
    signs = {
        "title_cue": "headline", "repeated": "headline repeated", "stamp": "stamp", "byline": "byline", "dateline": "dateline",
        "template": "lines of the first header", "thread": "end of a thread", "sign_off": "end sign",
    }  # fmt: skip
    seen = ", ".join(text for name, text in signs.items() if value[name] > 0) or "a break"
    return f"{seen}; likeness to the text before {value['whole']:.2f}, of its first paragraph to the rest {value['opening']:.2f}"
