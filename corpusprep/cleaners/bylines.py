"""Reads bylines of plain lines: whether a line is one, and who wrote."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from corpusprep.cleaners.byline_parts import (
    BESIDE,
    FULLY,
    GLUED,
    HANDLE,
    LEAD,
    MARK,
    NAMING,
    OUTRIGHT,
    PICTURE,
    TITLED,
    is_agency,
    is_role,
    openers,
    parts_of,
    small_words,
    telling_words,
)
from corpusprep.cleaners.datelines import dateline
from corpusprep.cleaners.dates import may_be_date, read_dates
from corpusprep.cleaners.lexicon import fold, load, tokens
from corpusprep.cleaners.names import EAST, given, name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from corpusprep.cleaners.byline_parts import Part

__all__ = ["dateline", "is_byline", "read_authors"]

_LONGEST = 160  # code points
_MOST_WORDS = 16  # of a line that nothing opens
_MIXED = re.compile(r"[\d|·•;/／,@&–—()（]|\s-\s|\s{3}|[a-zß-ÿ][A-Z]")
_CRUMBS = re.compile(r"\w\s*[>»›]\s*\w")
_TWEET = re.compile(r"\(@\w+\)")
_BULLETS = ("•", "- ", "* ", "▪", "►", "·")


def is_byline(text: str) -> float:
    """How sure it is that this short line says who wrote a story, 0 to 1.

    A bare name reaches .3 to .45, since a caption, a heading or a list may be one, too: the caller knows where the line stands.
    """
    text = text.strip()
    if not 2 <= len(text) <= _LONGEST or text[-1] in "?!？！。;:：" or text[0] in "\"“‘'#$€£":
        return 0.0
    if not _may_be_byline(text):
        return 0.0
    parts = list(parts_of(text))
    sure = _sure(parts, text)
    if sure and _replied(text):
        return 0.2
    unopened = not any(part.opened for part in parts)
    return 0.0 if sure and unopened and (_CRUMBS.search(text) or _furniture(text)) else sure


def read_authors(text: str) -> tuple[str, ...]:
    """The names of those who wrote, in the order of the byline, without roles, places, agencies, addresses and dates.

    A name in capitals is told in the usual spelling ("JANE DOE" as "Jane Doe"). Where only an agency signs it is told ("dpa"); ()
    where a desk or nobody does.
    """
    parts = list(parts_of(text.strip()[:400]))
    wrote = [part for part in parts if part.opened in {OUTRIGHT, TITLED, NAMING, FULLY} and (part.names or part.agency)]
    if not any(part.names for part in wrote):
        unopened = [part for part in parts if not part.opened]
        wrote = _signed(unopened) or wrote or unopened
    names = dict.fromkeys(each for part in wrote for each in part.names)
    if not names and all(not part.other for part in wrote):
        names = dict.fromkeys(part.agency for part in wrote[:1] if part.agency)
    return tuple(names)


def _signed(parts: Sequence[Part]) -> list[Part]:
    """Of parts that nothing opens those that hold the authors: all beside a slash, else the likeliest one, since places look alike."""
    named = [part for part in parts if part.names]
    known = [part for part in named if given(part.names[0].split()[0])]
    if len(named) > 1 and (known == named or all(part.sign in "/／、;" for part in named[1:])):
        return named
    return (known or named)[:1]


def _may_be_byline(text: str) -> bool:
    """Whether it is worth the while to take a line apart: it opens as a byline, or hardly any word of it is in lower case."""
    head = text.lstrip(LEAD)
    first = head.split(None, 1)[0] if head else "-"
    if EAST.match(first):
        return len(text) <= 60 and not any(mark in text for mark in "。，？！")
    key = fold(first).rstrip(":：/|.,")
    if key in openers() or key.partition(":")[0] in openers() or GLUED.match(first):
        return True
    pieces = text.split()
    if len(pieces) > _MOST_WORDS:
        return False
    small = [piece for piece in pieces if piece[0].islower() and piece not in small_words()]
    return len(small) <= 2 and (
        bool(_MIXED.search(text))
        or not telling_words().isdisjoint(pieces)
        or not pieces[-1].isascii()
        or _plain(pieces)
    )


def _plain(pieces: Sequence[str]) -> bool:
    """Whether words without any mark between them are a name, tell a role, or name an agency."""
    low = [fold(piece).strip(".,") for piece in pieces]
    return bool(name(pieces)) or any(map(is_role, low)) or is_agency(pieces, low) or is_agency(pieces[-1:], low[-1:])


def _sure(parts: Sequence[Part], text: str) -> float:
    own = [part for part in parts if part.opened != PICTURE]
    names = [each for part in own for each in part.names]
    role = any(part.role or part.agency for part in own)
    other = sum(part.other for part in own)
    told = [part for part in own if part.names or part.role or part.agency]
    opened = {part.opened for part in told}
    known = any(given(each.split()[0]) for each in names)
    strong = {OUTRIGHT, TITLED}
    if not told:
        return 0.6 if OUTRIGHT in {part.opened for part in own} and other <= 3 else 0.0
    if opened & strong:
        sure = 0.95
    elif opened & {NAMING, FULLY}:
        sure = _after_by(names, known=known, role=role)
    elif _credit(parts) or _TWEET.search(text):
        return 0.2
    elif names and (role or HANDLE.search(text)):
        sure = 0.85 if known else 0.75
    elif role:
        sure = 0.6
    elif BESIDE in opened:
        sure = 0.55
    else:
        sure = _bare(own, names, known=known, text=text)
    if not opened & (strong | {NAMING, FULLY}):
        sure -= 0.2 * text.startswith(_BULLETS)
        return round(max(0.0, sure - 0.2 * other), 2)
    ahead = sum(part.other for part in own[: own.index(next(part for part in told if part.opened))])
    return round(max(0.0, sure - 0.2 * (ahead >= 2) - 0.2 * max(0, other - 2)), 2)


def _credit(parts: Sequence[Part]) -> bool:
    """Whether it credits a picture: "Ann Lee/AP", "dpa/Jan Holm"."""
    return any(
        behind.sign == "/" and ((one.agency and behind.names) or (one.names and behind.agency))
        for one, behind in pairwise(parts)
    )


def _after_by(names: Sequence[str], *, known: bool, role: bool) -> float:
    if known or role:
        return 0.95
    return 0.85 if any(len(each.split()) > 1 for each in names) else 0.45


def _bare(parts: Sequence[Part], names: Sequence[str], *, known: bool, text: str) -> float:
    """A line of names only: alone, beside a date, beside a place."""
    if not any(char.isupper() for char in text) and not known:
        return 0.15
    if any(char.isdigit() for char in text):
        dated = may_be_date(text) and bool(read_dates(text))
        return 0.3 if not dated else 0.8 if known else 0.55 if len(parts) > 1 else 0.45
    if len(names) > 1:
        return 0.65 if known else 0.4
    if len(parts) > 1:
        return 0.6 if known else 0.4
    return 0.45 if known else 0.4


def _replied(text: str) -> bool:
    """Whether it is the head of a comment: a part of it offers to reply."""
    replies = load().phrases["reply"]["line"]
    return any(
        tuple(token for token in tokens(piece) if not token.isdecimal()) in replies
        for piece in MARK.split(text)[2:] + text.split(". ")[1:]
    )


def _furniture(text: str) -> bool:
    """Whether the line as a whole is page furniture that the phrase lists know."""
    cut = tuple(token for token in tokens(text) if not token.isdecimal())
    phrases = load().phrases
    return cut not in phrases["byline"]["line"] and any(
        cut in phrases[kind]["line"]
        for kind in ("related", "share", "navigation", "sections", "promo", "notice", "comments")
    )
