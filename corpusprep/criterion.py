"""The criterion "not an article": what a page must hold to be one, and what else it may be.

Doubt keeps: a page with enough words of running text is an article unless it says of itself, in the wordings of walls.toml, that it
is a notice in place of one. A poem, a recipe or a table of results has no running text, and stays unless it looks like a menu.
"""

from __future__ import annotations

import functools
import re
import statistics
import tomllib
from dataclasses import dataclass
from importlib import resources
from itertools import takewhile
from typing import TYPE_CHECKING

from corpusprep.cleaners.lexicon import tokens
from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from corpusprep.document import Block, Cleaned, Span

__all__ = ["REASONS", "Refusal", "count_words", "is_truncated", "why_not"]

REASONS = (
    "empty",
    "error-page",
    "robot-check",
    "cookie-wall",
    "login-wall",
    "robots-txt",
    "gallery",
    "menu",
    "index",
    "too-short",
)
"""Why a page is no article; docs/cleaning.md explains each under "Not an article"."""

# Thai, Lao, Burmese, Khmer, kana and ideographs: written without spaces, two characters count as a word.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SENTENCE_END = re.compile(r"[.!?…](?=[\s\"'”’»)\]]|$)|[。！？।۔؟։።။។]")
_ELLIPSIS = ("…", "...", "[…]", "[...]", "(...)", "(…)")
_LETTER = re.compile(r"[^\W\d_]")
_DIRECTIVE = re.compile(r"(?:user-agent|disallow|allow|sitemap|crawl-delay)\s*:", re.IGNORECASE)

_PROSE = 12  # words of a paragraph of running text, at the least
_NOTICE = 120  # words: error pages, checks and log-in forms are no longer than that
_LEAD = 800  # code points in which a cookie wall shows itself
_CONSENTS = 3  # wordings of consent on such a page, at the least
_OF_BODY = 0.6  # share of the words that stand in paragraphs with such wordings
_OF_NOTICE = 0.4  # the same where the headline has one, too
_LINKED = 0.6  # share of letters inside links from which an HTML page without running text is an index
_FURNITURE = 0.7  # share of a text that was menus and teasers, the same for text


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a page is no article: one of REASONS, and what was seen."""

    reason: str
    detail: str = ""


def count_words(text: str) -> int:
    """Words between spaces; two characters count as one in scripts that are written without spaces."""
    unspaced = 0 if text.isascii() else len(_UNSPACED.findall(text))
    if unspaced:
        return len(_UNSPACED.sub(" ", text).split()) + unspaced // 2
    return len(text.split()) - text.startswith("- ") - text.count("\n- ")


def is_truncated(text: str) -> bool:
    """Whether a text ends where its page asks to read on: in an ellipsis."""
    return text.rstrip("\"'”’» ").endswith(_ELLIPSIS)


def why_not(cleaned: Cleaned, min_words: int) -> Refusal | None:
    """Why a page is no article, None for an article.

    min_words: words of body an article has at the least.
    """
    text = cleaned.article.text
    words = count_words(text)
    if _LETTER.search(text) is None:
        return _what_else(cleaned) or Refusal("empty")
    if words < min_words:
        return _what_else(cleaned) or Refusal("too-short", f"{words} words")
    if found := _in_place_of_one(cleaned, words):
        return found
    if not _has_running_words(text.split("\n"), min_words):
        return _without_sentences(cleaned)
    return None


def _has_running_words(paragraphs: Iterable[str], least: int) -> bool:
    """Whether paragraphs of running text (some length, and the end of a sentence) have so many words together."""
    total = 0
    for paragraph in paragraphs:
        words = count_words(paragraph)
        if words >= _PROSE and _SENTENCE_END.search(paragraph):
            total += words
            if total >= least:
                return True
    return False


def _in_place_of_one(cleaned: Cleaned, words: int) -> Refusal | None:
    """A notice that is long enough to be an article."""
    text = cleaned.article.text
    if _hits("cookie-wall", text[:_LEAD]) and _share("cookie-wall", text) >= _OF_BODY:
        # What the cleaners took out of it counts too: mostly they know a part of a wall.
        whole = cleaned.document.text
        if len(_hits("cookie-wall", whole)) >= _CONSENTS:
            return _refusal("cookie-wall", whole)
    if _is_robots_txt(cleaned.document.text):
        return Refusal("robots-txt")
    if words > _NOTICE:
        return None
    heading = _heading(cleaned)
    for reason in ("error-page", "robot-check", "login-wall"):
        # A brief may quote such words; in its headline, and in much of its text, they are the page's own.
        if (
            _hits(reason, heading)
            and len(_hits(reason, f"{heading} {text}")) >= 2
            and _share(reason, text) >= _OF_NOTICE
        ):
            return _refusal(reason, f"{heading}\n{text}")
    return None


def _heading(cleaned: Cleaned) -> str:
    """What a page says first: its title, the short notices above its body, and its first paragraph where it is as short."""
    above = [
        cleaned.document.slice(span)
        for span in takewhile(lambda span: not _is_prose(cleaned, span), cleaned.spans)
        if span.label is Label.NOTICE
    ]
    said = [*above, cleaned.article.text.partition("\n")[0]]
    titles = [cleaned.title, cleaned.document.metadata.title]
    return " / ".join([*titles, *(text for text in said if count_words(text) < _PROSE)])


def _is_prose(cleaned: Cleaned, span: Span) -> bool:
    """Whether a span is body and more than a short line, such as the name of the site that nothing claimed."""
    return span.label is Label.BODY and count_words(cleaned.document.slice(span)) >= _PROSE


def _what_else(cleaned: Cleaned) -> Refusal | None:
    """What a page with hardly any body is instead, by all its text."""
    text = cleaned.document.text
    if _is_robots_txt(text):
        return Refusal("robots-txt")
    heading = _heading(cleaned)
    for reason in ("error-page", "robot-check"):
        if _hits(reason, heading) or len(_hits(reason, text)) >= 2:
            return _refusal(reason, f"{heading}\n{text}")
    for reason in ("cookie-wall", "login-wall"):
        if len(_hits(reason, text)) >= 2 and _share(reason, text) >= _OF_BODY / 2:
            return _refusal(reason, text)
    captions = sum(count_words(caption) for caption in cleaned.captions)
    if len(cleaned.captions) >= 3 and captions > count_words(cleaned.article.text):
        return Refusal("gallery", f"{len(cleaned.captions)} captions")
    return _without_sentences(cleaned, of=None)


def _without_sentences(cleaned: Cleaned, of: Label | None = Label.BODY) -> Refusal | None:
    """Whether a page without running text is a menu or an index; a poem, a recipe, a list or a table is neither.

    of: judge the blocks of this label alone, or all.
    """
    blocks = _blocks(cleaned, of)
    texts = [cleaned.document.slice(block) for block in blocks]
    texts = [text for text in texts if _LETTER.search(text)]
    if len(texts) < 4 or _has_running_words(texts, _PROSE * 2):
        return None
    sizes = [count_words(text) for text in texts]
    sentences = sum(bool(re.search(r"[.!?,;:]\s*$|\d", text)) for text in texts) / len(texts)
    if statistics.median(sizes) <= 3 and sentences <= 0.15:
        return Refusal("menu", f"{len(texts)} lines of {statistics.median(sizes):g} words")
    linked = _link_density(blocks)
    if linked >= _LINKED:
        return Refusal("index", f"{linked:.0%} of the letters are in links")
    furniture = _share_labelled(cleaned, {Label.NAVIGATION, Label.RELATED})
    if not cleaned.document.markup and furniture >= _FURNITURE:
        return Refusal("index", f"{furniture:.0%} menus and teasers")
    return None


def _blocks(cleaned: Cleaned, of: Label | None) -> list[Block]:
    if of is None:
        return list(cleaned.document.blocks)
    kept = [(span.start, span.end) for span in cleaned.spans if span.label is of and not span.story]
    found, at = [], 0
    for block in cleaned.document.blocks:
        while at < len(kept) and kept[at][1] <= block.start:
            at += 1
        if at < len(kept) and kept[at][0] <= block.start:
            found.append(block)
    return found


def _link_density(blocks: Iterable[Block]) -> float:
    sizes = [(block.end - block.start, block.markup.link_density) for block in blocks if block.markup]
    total = sum(size for size, _ in sizes)
    return sum(size * density for size, density in sizes) / total if total else 0.0


def _share_labelled(cleaned: Cleaned, labels: set[Label]) -> float:
    size = sum(span.end - span.start for span in cleaned.spans if span.label in labels)
    return size / max(1, len(cleaned.document.text))


def _is_robots_txt(text: str) -> bool:
    if "ser-agent" not in text[:2_000]:
        return False
    lines = [line for line in text[:2_000].splitlines() if line.strip() and not line.startswith("#")][:5]
    return len(lines) > 1 and all(_DIRECTIVE.match(line) for line in lines)


def _refusal(reason: str, text: str) -> Refusal:
    return Refusal(reason, "; ".join(sorted(_hits(reason, text), key=len, reverse=True)[:3]))


def _share(reason: str, text: str) -> float:
    """Share of the words in paragraphs that hold a wording of this kind of page."""
    sizes = [(count_words(paragraph), bool(_hits(reason, paragraph))) for paragraph in text.split("\n")]
    return sum(size for size, hit in sizes if hit) / max(1, sum(size for size, _ in sizes))


def _hits(reason: str, text: str) -> list[str]:
    words = [word for word in tokens(text) if not word.isdecimal()]
    walls = _walls()[reason]
    candidates = [phrase for word in walls.keys() & set(words) for phrase in walls[word]]
    if not candidates:
        return []
    joined = f" {' '.join(words)} "
    return sorted(phrase for phrase in candidates if f" {phrase} " in joined)


@functools.cache
def _walls() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The wordings of each kind of page, by their longest word: hardly any text has one."""
    table = tomllib.loads((resources.files("corpusprep") / "walls.toml").read_text("utf-8"))
    walls: dict[str, dict[str, tuple[str, ...]]] = {}
    for reason, block in table.items():
        own = walls.setdefault(reason, {})
        for phrase in {" ".join(tokens(phrase)) for phrase in re.split(r"[|\n]", block)} - {""}:
            word = max(phrase.split(), key=len)
            own[word] = (*own.get(word, ()), phrase)
    return walls
