"""Page furniture known by its wording: menus, share bars, promotion, notices and the headings of link lists."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.evidence import CHAR
from corpusprep.cleaners.lexicon import load, tokens
from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.cleaners.matching import Trie
    from corpusprep.document import Claim

__all__ = ["chrome"]

# Class of phrases -> the label of a block that holds one. A heading of a link list navigates; the links below it are related.
_LABELS = {
    "share": Label.NAVIGATION,
    "promo": Label.PROMO,
    "notice": Label.NOTICE,
    "navigation": Label.NAVIGATION,
    "sections": Label.NAVIGATION,
    "related": Label.NAVIGATION,
    "comments": Label.NAVIGATION,
    "reply": Label.NAVIGATION,
    "error": Label.NOTICE,
}
_SHORT = 12
_LONG, _LONGER = 30, 60
_MENU = 0.75
_CLOSING = 3
_SOURCE = 5

# How much a phrase proves: (mode, in a paragraph of the story, elsewhere). A whole line is near certain; a line that opens with a
# phrase must be short and no sentence; a phrase in a paragraph of the story weighs little.
_WEIGHTS = (("line", 0.94, 0.94), ("sure", 0.62, 0.88), ("any", 0.6, 0.8), ("start", 0.0, 0.7))

Weights = list[tuple[int, float, float, str, str]]


def chrome(context: Context) -> Iterator[Claim]:
    """Claim blocks by their phrases, and rows of links by their bars."""
    evidence, phrases, regions = context.evidence, context.phrases, context.regions
    story = regions.prose.copy()
    story[: regions.start] = story[regions.end :] = False
    short = ((evidence.words <= _SHORT) & ~evidence.ends).tolist()
    counting, _ = _table(phrases.trie)
    strong: set[int] = set()
    notices: list[int] = []
    words, notice, meanings = evidence.words.tolist(), phrases.has("notice", "any").tolist(), phrases.meanings.tolist()
    for index in np.flatnonzero(phrases.meanings & np.uint64(counting)).tolist():
        closing = index >= regions.end - _CLOSING and notice[index]
        inside = bool(story[index]) and not closing
        if inside and words[index] >= _LONG:
            continue
        found = _heaviest(phrases.trie, meanings[index], inside=inside, short=short[index])
        if found:
            score, name, mode = found
            if score >= _MENU:
                strong.add(index)
            if name == "notice":
                notices.append(index)
            yield context.claim(
                index, _LABELS[name], f"phrase-{name}", f"{mode}: {evidence.texts[index][:60]!r}", score
            )
    source = (evidence.words <= _SOURCE) & ~evidence.ends & ~evidence.digits
    for index in notices:
        if index > regions.start + 1 and source[index - 1]:
            yield context.claim(index - 1, Label.NOTICE, "source-line", f"before {evidence.texts[index][:40]!r}", 0.7)
    yield from _doubled(context, story)
    yield from _closing(context)
    yield from _tags(context)
    yield from _labelled(context, story)
    known = (phrases.covered > 0.5) & (evidence.words > 1)
    bars = (evidence.chars[:, CHAR["bar"]] >= _BARS) & (evidence.words < 40)
    rows = (bars | known) & ~evidence.ends
    for index in np.flatnonzero(rows).tolist():
        if index not in strong and (known[index] or _is_row(evidence.texts[index])):
            yield context.claim(index, Label.NAVIGATION, "menu", f"{evidence.texts[index][:60]!r}", _MENU)


def _is_row(text: str) -> bool:
    """Whether a line has two bars besides those of fractions (6407/10), initials (D/P) and codes in angles (<NHY.OL>)."""
    return sum(map(_OWN_BARS.sub("", text).count, "|/\\>•·●○■▪□▸►→←")) >= _BARS


_BARS = 2
_OWN_BARS = re.compile(r"<[^<>\s]+>|\d/\d|\b\w/\w\b")


def _doubled(context: Context, story: NDArray[np.bool_]) -> Iterator[Claim]:
    """Paragraphs amid the story that open with one phrase and hold another of the same class."""
    for name in ("promo", "notice"):
        both = context.phrases.has(name, "sure") & context.phrases.has(name, "any")
        for index in np.flatnonzero(both & story & (context.evidence.words < _LONGER)).tolist():
            said = f"two phrases: {context.evidence.texts[index][:60]!r}"
            yield context.claim(index, _LABELS[name], f"phrase-{name}", said, 0.88)


def _closing(context: Context) -> Iterator[Claim]:
    """Lines that close a story without being of it: the source's bare name, or where and when it was printed."""
    evidence, regions = context.evidence, context.regions
    paragraphs = np.flatnonzero(regions.prose)
    counting, _ = _table(context.phrases.trie)
    known = (context.phrases.meanings & np.uint64(counting)) != 0
    for index in range(max(regions.end - 1, 2), min(regions.end + 3, len(evidence))):
        words, text = evidence.words[index], evidence.texts[index]
        if words <= _SOURCE and _INITIALS.match(text):
            yield context.claim(index, Label.BYLINE, "initials", repr(text), 0.9)
            continue
        if regions.prose[index - 1] or regions.prose[index - 2]:
            last = not len(paragraphs) or index >= paragraphs[-1]
            if (
                last
                and words <= _SOURCE
                and not known[index]
                and not evidence.texts[index - 1].endswith(_ANNOUNCES)
                and not evidence.ends[index]
                and evidence.capitals[index] >= words / 2
            ):
                yield context.claim(
                    index, Label.NOTICE, "source-line", f"a bare name below the story: {text[:40]!r}", 0.87
                )
            elif words <= _SHORT and evidence.capitals[index] > words / 3 and _YEAR.search(text):
                yield context.claim(index, Label.NOTICE, "publication-line", f"a name and a date: {text[:60]!r}", 0.87)


def _tags(context: Context) -> Iterator[Claim]:
    """The words a story is filed under, one a line below it: hashtags, or scraps that mostly come from the story itself."""
    evidence, regions = context.evidence, context.regions
    paragraphs = np.flatnonzero(regions.prose[: regions.end])
    scraps = (evidence.words <= _TAG) & ~evidence.ends & ~evidence.digits & (evidence.leading != CHAR["bar"])
    scraps &= evidence.share("stop", "pause", "quote") == 0
    scraps &= ~_known_line(context)
    scraps[: paragraphs[-1] + 1 if len(paragraphs) else 0] = False
    begin = None
    for index in [*range(int(scraps.argmax()), len(evidence)), -1] if scraps.any() else ():
        if index >= 0 and scraps[index]:
            begin = index if begin is None else begin
        elif begin is not None:
            end = index if index >= 0 else len(evidence)
            yield from _filed(context, begin, end)
            begin = None


def _known_line(context: Context) -> NDArray[np.bool_]:
    phrases = context.phrases
    return phrases.has("share", "line") | phrases.has("navigation", "line") | phrases.has("related", "line")


def _labelled(context: Context, story: NDArray[np.bool_]) -> Iterator[Claim]:
    """Rows that say before a colon what they are: "Tags: bees, music"."""
    evidence, phrases = context.evidence, context.phrases
    wordings = load().phrases["navigation"]["line"]
    rows = phrases.has("navigation", "start") & ~evidence.statement & ~story & (evidence.words <= _LONG)
    for index in np.flatnonzero(rows).tolist():
        label, colon, _ = evidence.texts[index].replace("：", ":").partition(":")
        if colon and tokens(label) in wordings:
            yield context.claim(index, Label.NAVIGATION, "tags", f"says {label!r} before a colon", 0.88)


def _filed(context: Context, begin: int, end: int) -> Iterator[Claim]:
    """Claim a run of scraps if it is one of tags: no paragraph follows, and most of it stands in the story."""
    evidence, prose = context.evidence, context.regions.prose
    hashed = [index for index in range(begin, end) if evidence.texts[index].startswith("#")]
    least = _TAGS if evidence.chars[begin:end, CHAR["upper"]].any() else _LOWER_TAGS
    too_short = end - begin < least
    if not hashed and (too_short or prose[end : end + 2].any() or evidence.texts[begin - 1].endswith(_ANNOUNCES)):
        return
    told = hashed or [index for index in range(begin, end) if evidence.shared(index, (0, begin)) == 1.0]
    if not hashed and len(told) < max(least, (end - begin) / 2):
        return
    for index in hashed or range(told[0], end):
        yield context.claim(index, Label.NAVIGATION, "tags", f"{len(told)} scraps below the story", 0.88)


_ANNOUNCES = (":", "：")
"""What ends a line that announces a list."""
_INITIALS = re.compile(
    r"[（(\[]?[^\W\d_]{2,4}(?:/[^\W\d_]{2,5}){1,4}[)）\]]?(?: \([A-Za-z, ]+\))?$|[\w.+-]+@[\w-]+(?:\.[\w-]+)+$"
)
"""Who wrote and who edited, as agencies sign below a story; or where to write to them."""
_TAG, _TAGS, _LOWER_TAGS = 3, 3, 2
"""Most words of a tag; fewest tags, and fewest without a capital."""
_YEAR = re.compile(r"\b(?:19|20)\d\d[.)]?$")


@cache
def _table(trie: Trie) -> tuple[int, Weights]:
    """All bits that count here, and for each class and mode its bits and weights, the heaviest first."""
    rows = [
        (trie.mask(name, mode), inside, outside, name, mode)
        for mode, inside, outside in _WEIGHTS
        for name in _LABELS
        if (name, mode) in trie.bits
    ]
    return sum(trie.masks[name] for name in _LABELS), rows


@lru_cache(maxsize=1 << 14)
def _heaviest(trie: Trie, meanings: int, *, inside: bool, short: bool) -> tuple[float, str, str] | None:
    best = None
    for bits, within, without, name, mode in _table(trie)[1]:
        if meanings & bits and (mode != "start" or (short and name != "reply")):
            score = within if inside else without
            if score and (best is None or score > best[0]):
                best = (score, name, mode)
    return best
