"""Headline, standfirst, byline, dates and captions: what leaves the text to become a column."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from corpusprep.cleaners.byline_parts import openers
from corpusprep.cleaners.bylines import is_byline
from corpusprep.cleaners.dates import is_date_line, may_be_date
from corpusprep.cleaners.evidence import CHAR, among
from corpusprep.cleaners.lexicon import fold
from corpusprep.cleaners.sequences import sequences
from corpusprep.document import BlockKind, Label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from corpusprep.cleaners.context import Context
    from corpusprep.document import Block, Claim

__all__ = ["fields"]

_TITLE_WORDS = (2, 32)
_NEAR_HEAD, _BELOW, _ABOVE = 4, 10, 6
_BYLINE, _MAYBE = 0.5, 0.4
_DATE_WORDS, _BYLINE_WORDS = 18, 16
_DECK = (6, 60)
_DECK_LINES = 3
_LINE_WORDS = 5
"""Words of a line that a sentence may have been broken at."""
_TITLE_SCORE = 0.35
_FIRST, _HEADING = 0.2, 0.25
_FIGURES, _ROWS = 0.1, 3
"""Share of digits in a row of figures; rows that make a table."""
_TELLING = 6
"""Words from which on a line says more than where on a site one is."""
_CLOCK = 0.3
"""Share of digits of what tells a time."""
_QUOTABLE = 6
"""Words from which on a line that stands within another one ("3 thoughts on ...") is the headline said again."""
_SAID = 6
"""Words that say what a picture shows, from which on a credit may stand beside them."""
_NO_SECTION = 0.4
"""Share of the words of the line below it that a headline has at least."""
_LONGEST_CAPTION = 60
_SCRAP = 6
_HOUR = re.compile(r"(?i:\d ?(?:h|hs|hrs|hod|a\.?m|p\.?m))\.$")
"""A stop that ends no sentence: "07:00 h."."""
_READING = re.compile(r"\d{1,2} ?min(?:uten|utes|uti|utos)?\.?(?: read)?$")
"""How long the story takes, not how old it is."""
_CREDIT_WORD = r"(?i:photo(?:graph)?|picture|image|illustration|foto|fotos|bild|bilder|crédito|crédit|credit|фото|صورة|عکس|תמונה|ảnh|फोटो|写真|图片|사진)"
_CREDIT = re.compile(
    rf"\b{_CREDIT_WORD}s?(?: credit)?\s*(?:[:/©|：…=]|\.\.\.)|\b(?i:photo|picture|image|photograph|illustration)s? (?:by|courtesy|from|via)\b"
    rf"|\([^()]*{_CREDIT_WORD}[^()]*\)$"
    r"|(?:摄|攝|撮影)$|\[[^\[\]]*(?:제공|자료사진|촬영|DB 금지)[^\[\]]*\]$"
    r"|[-–—] [Pp]hoto [A-ZÀ-Þ][\w. ]+$|[.!?»”] / [A-ZÀ-Þ]\. ?[A-ZÀ-Þ]\.$|\bFot\. (?:[A-ZÀ-Ž][\w.-]+[ /]*){1,5}$|/ ?[가-힣]{2,4} 기자$"
    r"|\S ©\s?[A-ZÀ-Þ][^\W\d]+(?:[ /.-]+[^\W\d]+){0,5}$"
)
# A credit set beside the caption's last sentence: in capitals, or without the space that its own element stood for.
_BESIDE = re.compile(
    r"(?:[^\W_A-ZÀ-Þ][.!?»”\"]{1,2}|\S \|) [A-ZÀ-Þ'’./«»“”\s-]{8,}$|[^\W\d_]{3}[.”»](?:[A-ZÀ-Þ][^\W\d_]+[ /-]?){2,4}$"
)
_AGENCY = re.compile(
    r"[\s(/|–-](?:AP|AFP|Reuters|REUTERS|EPA|EFE|dpa|DPA|ANSA|Getty|Getty Images|Xinhua|PA|TASS|Anadolu)(?:/[\w /]+)?(?: (?:Photo|Images|Foto))?\)?$"
)
_SIGNED_OFF = re.compile(r"[.!?”\"»] \(?[A-Za-z]+\)?$")
"""The end of a story that its agency signs: "... will be known in May. EFE"."""
_ABOVE_CAPTION = re.compile(
    r"(?i:(?:show|hide|view|toggle|open) (?:image )?caption|(?:image|photo) caption|enlarge (?:image|this image|photo)"
    r"|open image in (?:gallery|new window)|bild vergrößern|bild in lightbox öffnen|afficher la légende|agrandir l[’']image"
    r"|ampliar (?:foto|imagen)|ver imagem ampliada)$"
)
"""The buttons of a picture that stand above what it shows."""
_SIGNED = re.compile(r"(?:\((?=[^()]*[^\W\da-z])[\w./ &-]{2,30}\)|/ ?[A-Z][\w. ]{1,23}\w)$")


def fields(context: Context) -> Iterator[Claim]:
    """Claim the lines of a story's head, and captions wherever they stand."""
    evidence, texts = context.evidence, context.evidence.texts
    words, prose = evidence.words.tolist(), context.regions.prose.tolist()
    head = _head(context)
    told = _told(context)
    title = _title(context, head) if told is None else told
    if title is not None:
        why = "the best headline before the story" if told is None else "what the page's metadata calls it"
        yield context.claim(title, Label.TITLE, "headline", why, 0.9 if told is None else 0.97)
    close = {*range((title or 0) - _NEAR_HEAD, (title or 0) + _BELOW), *range(head - _ABOVE, head + 2)}
    for index in _candidates(context, close):
        text, near = texts[index], index in close
        if index == title:
            continue
        if _is_caption(context, index, near=near):
            yield context.claim(
                index, Label.CAPTION, "caption", f"credit or caption mark: {text[-40:]!r}", 0.9 if near else 0.87
            )
        if prose[index] or words[index] > 25 or (index >= context.regions.end and not near):
            continue
        if _is_dated(context, index):
            yield context.claim(index, Label.DATE, "date-line", repr(text[:60]), 0.95 if near else 0.7)
        elif near and index <= head + 1 and words[index] <= _BYLINE_WORDS and not evidence.ends[index]:
            sure = _signed(text)
            if sure >= _MAYBE:
                yield context.claim(index, Label.BYLINE, "byline", repr(text[:60]), 0.6 + 0.35 * sure)
    if title is not None:
        yield from _standfirst(context, title, head)
        yield from _between(context, title, head)
    yield from sequences(context)


def _candidates(context: Context, close: set[int]) -> list[int]:
    """The blocks that are worth a look: all of the head; elsewhere short ones with a digit, a caption's phrase or its bracket."""
    evidence = context.evidence
    regions = context.regions
    worth = ~evidence.ends & ((evidence.digits & (evidence.words <= _DATE_WORDS)) | (evidence.words >= _SAID))
    worth[: regions.start] = worth[regions.end + _BELOW :] = False
    worth |= context.phrases.has("caption", "sure", "any") | evidence.closed
    worth[[index for index in close if 0 <= index < len(worth)]] = True
    found: list[int] = np.flatnonzero(worth & (evidence.words <= _LONGEST_CAPTION)).tolist()
    return found


def _head(context: Context) -> int:
    """Index of the first paragraph of the story: what comes before it is the head of the page."""
    regions = context.regions
    paragraphs = np.flatnonzero(
        regions.prose[regions.start : regions.end] & context.evidence.ends[regions.start : regions.end]
    )
    for index in (paragraphs + regions.start).tolist():
        if not _is_caption(context, index, near=True):
            return int(index)
    return regions.start


def _told(context: Context) -> int | None:
    """The block that is the title of the page's metadata, a heading rather than another; None where there is none."""
    title = "".join(context.document.metadata.title.split()).casefold()
    if not title:
        return None
    blocks, texts = context.document.blocks, context.evidence.texts
    same = [
        index
        for index, (block, text) in enumerate(zip(blocks, texts, strict=True))
        if block.end - block.start < 2 * len(title) + 20 and "".join(text.split()).casefold() == title
    ]
    return min(same, key=lambda index: (not _is_heading(blocks[index]), index), default=None)


def _is_heading(block: Block) -> bool:
    return block.markup is not None and block.markup.heading > 0


def _title(context: Context, head: int) -> int | None:
    """The headline: among the lines before the story the one that shares most with it, is said twice, or stands close."""
    evidence, phrases, texts = context.evidence, context.phrases, context.evidence.texts
    low, high = _TITLE_WORDS
    repeated = {claim.start for _, claim in context.claims if claim.label is Label.DUPLICATE}
    prints = evidence.prints.tolist()
    starts = {block.start: index for index, block in enumerate(context.document.blocks)}
    twice = {prints[starts[start]] for start in repeated if start in starts}
    known = phrases.has("navigation", "line", "sure") | phrases.has("share", "line", "sure", "any")
    known |= phrases.has("sections", "line")
    known |= (
        phrases.has("related", "line") | phrases.has("promo", "line", "sure") | phrases.has("notice", "sure", "any")
    )
    known |= (
        phrases.has("byline", "sure") | phrases.has("date", "start", "sure") | phrases.has("comments", "line", "sure")
    )
    scores: dict[int, float] = {}
    opening: int | bool = False
    items = [block.kind is BlockKind.ITEM for block in context.document.blocks[:head]]
    worth = (
        (evidence.words >= low)
        & (evidence.words <= high)
        & ~known
        & ~evidence.statement
        & (evidence.chars[:, CHAR["bar"]] <= 1)
        & (evidence.share("digit") < _CLOCK)
        & ~among(":：")[evidence.edges[1]]
    )
    for index in _without_table(context, np.flatnonzero(worth[:head]).tolist(), head):
        if not items[index]:
            shared = evidence.shared(index, (head, min(head + 12, len(texts))))
            count = min(float(evidence.words[index]), 12.0)
            said = prints[index] in twice or (count >= _QUOTABLE and context.document.text.count(texts[index]) > 1)
            # The words of a section's name or two stand in many a story.
            telling = min(0.5 + 0.1 * count, 1.0)
            scores[index] = shared * telling + 0.5 * said + 0.02 * count - 0.02 * min(head - index, 15)
            opening = opening or (count >= _TELLING and index + 1)
            scores[index] += _FIRST * (opening == index + 1) + _HEADING * _is_heading(context.document.blocks[index])
    for best in sorted(scores, key=lambda index: (-scores[index], index)):
        if scores[best] < _TITLE_SCORE:
            break
        if _other_field(context, best):
            continue
        # A standfirst may share more with the story than the headline above it does; the name of a section does, too.
        least = _NO_SECTION * evidence.words[best]
        near = [index for index in range(best - 3, best) if scores.get(index, 0.0) >= scores[best] - 0.2]
        above = [index for index in near if evidence.words[index] >= least]
        if _is_heading(context.document.blocks[best]):
            above = [index for index in above if _is_heading(context.document.blocks[index])]
        first = next((index for index in above if not _other_field(context, index)), best)
        return int(prints.index(prints[first]))
    return None


def _without_table(context: Context, lines: list[int], head: int) -> list[int]:
    """These lines of the head but for those of a table: rows of figures, and what stands above two of them."""
    evidence = context.evidence
    figures = (evidence.chars[:head, CHAR["digit"]] > _FIGURES * evidence.length[:head]).tolist()
    if sum(figures) < _ROWS:
        return lines
    return [
        index for index in lines if index == lines[0] or not (figures[index] or sum(figures[index + 1 : index + 4]) > 1)
    ]


@lru_cache(maxsize=1 << 14)
def _dated(text: str) -> bool:
    """Whether a line is a date stamp; remembered, since a site sets the same lines on all its pages."""
    return may_be_date(text) and not _READING.match(text) and is_date_line(text)


@lru_cache(maxsize=1 << 14)
def _signed(text: str) -> float:
    """How sure it is that a line is a byline; remembered likewise."""
    return is_byline(text)


def _is_dated(context: Context, index: int) -> bool:
    """Whether a block is a date stamp, and not the end of the sentence on the line before."""
    evidence = context.evidence
    if not evidence.digits[index] or evidence.words[index] > _DATE_WORDS or not _dated(evidence.texts[index]):
        return False
    goes_on = (
        index
        and not _HOUR.search(evidence.texts[index])
        and evidence.breaks[index] == 1
        and evidence.ends[index]
        and not evidence.ends[index - 1]
    )
    return not (goes_on and evidence.words[index - 1] >= _LINE_WORDS)


def _other_field(context: Context, index: int) -> bool:
    """Whether a line of the head is a caption, a byline or a date rather than a headline."""
    text = context.evidence.texts[index]
    return _is_caption(context, index, near=True) or _signed(text) >= _BYLINE or _dated(text)


def _standfirst(context: Context, title: int, head: int) -> Iterator[Claim]:
    """Lines between headline and story that nothing else explains: a deck of a sentence or two, or summary bullets.

    What stands above the byline or the date is no part of the story, even where it reads like its first paragraph.
    """
    evidence = context.evidence
    signed = _first_signature(context, title, head)
    lines = range(title + 1, max(head, signed))
    plain = [index for index in lines if index >= signed and context.document.blocks[index].kind is not BlockKind.ITEM]
    if len(plain) > _DECK_LINES:
        lines = range(title + 1, signed)  # a table or a list opens the story
    pictured = False  # below the picture a paragraph is the story's, though the byline follows it
    for index in lines:
        if not _DECK[0] <= evidence.words[index] <= _DECK[1] or evidence.chars[index, CHAR["bar"]] > 1:
            continue
        pictured = pictured or _is_caption(context, index, near=True)
        if index < signed and not (pictured and context.regions.prose[index]):
            yield context.claim(index, Label.SUBTITLE, "standfirst", "between headline and byline or date", 0.86)
        elif context.document.blocks[index].kind is BlockKind.ITEM or not evidence.ends[index]:
            yield context.claim(index, Label.SUBTITLE, "standfirst", "between headline and story", 0.55)


def _between(context: Context, title: int, head: int) -> Iterator[Claim]:
    """Scraps between the headline and the last date, byline or control above the story: the name of the paper or a place."""
    evidence, phrases, texts = context.evidence, context.phrases, context.evidence.texts
    control = phrases.has("share", "line", "sure") | phrases.has("navigation", "line")
    control[1:] |= _lone_by(context)[:-1]
    other = phrases.has("share", "line") | phrases.has("related", "line") | phrases.has("sections", "line")
    other |= phrases.has("navigation", "line")
    # One paragraph may be the standfirst; two are the story, though short ones may hide where it begins.
    paragraphs = np.flatnonzero(context.regions.prose[title + 1 : head])[1:2] + title + 1
    end = int(paragraphs[0]) if len(paragraphs) else head
    anchors = [index for index in range(title + 1, end) if control[index] or _stamped(context, index)]
    for index in range(title + 1, head):
        if texts[index].isdecimal():
            yield context.claim(index, Label.NAVIGATION, "head-scrap", "a mere count", 0.87)
    for index in range(title + 1, anchors[-1] if anchors else 0):
        if evidence.words[index] <= _SCRAP and not evidence.ends[index] and not context.regions.prose[index]:
            said = f"above {texts[anchors[-1]][:40]!r}"
            if _signed(texts[index]) >= _MAYBE and not other[index]:
                yield context.claim(index, Label.BYLINE, "byline", said, 0.87)
            elif not _dated(texts[index]):
                yield context.claim(index, Label.NAVIGATION, "head-scrap", said, 0.87)


def _lone_by(context: Context) -> NDArray[np.bool_]:
    """By block, whether it says no more than "by": the name stands in the next one."""
    lone: NDArray[np.bool_] = context.evidence.words == 1
    texts = context.evidence.texts
    lone[lone] = [fold(texts[index]).rstrip(":") in openers() for index in np.flatnonzero(lone).tolist()]
    return lone


def _stamped(context: Context, index: int) -> bool:
    """Whether a line of the head is a date or a byline."""
    text = context.evidence.texts[index]
    return context.evidence.words[index] <= _DATE_WORDS and (_dated(text) or _signed(text) >= _BYLINE)


def _first_signature(context: Context, title: int, head: int) -> int:
    """Index of the first byline or date line that follows the headline closely, 0 for none."""
    for index in range(title + 1, min(head + 3, title + 5, len(context.evidence))):
        text = context.evidence.texts[index]
        if context.evidence.words[index] <= 14 and (_signed(text) >= _BYLINE or _is_dated(context, index)):
            return index
    return 0


def _is_caption(context: Context, index: int, *, near: bool) -> bool:
    """Whether a block is a caption: by its credit, or by the words it opens with; below a headline a signature will do."""
    evidence, phrases = context.evidence, context.phrases
    text, words = evidence.texts[index], evidence.words[index]
    notice = phrases.has("notice", "any", "sure", "line") | phrases.has("share", "any")
    if words > _LONGEST_CAPTION or notice[index] or text.endswith(":"):
        return False
    end = text[-60:]
    below = context.regions.prose[index + 1 :] & ~phrases.has("notice", "any", "sure")[index + 1 :]
    last = index > context.regions.start and not below.any()
    agency = bool(_AGENCY.search(end)) and not (last and _SIGNED_OFF.search(end))
    marked = agency or bool(_CREDIT.search(end) or _CREDIT.match(text[:30]) or (words >= _SAID and _BESIDE.search(end)))
    if _ABOVE_CAPTION.match(evidence.texts[index - 1] if index else "") and words >= _SAID - 2 and not marked:
        return True
    if near:
        signed = words >= 5 and bool(_SIGNED.search(text[-40:]))
        return marked or signed or bool(phrases.has("caption", "sure", "any")[index])
    return words < 45 and ((marked and text[:1] not in '“"«') or bool(phrases.has("caption", "sure")[index]))
