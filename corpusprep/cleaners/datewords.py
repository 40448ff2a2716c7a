"""The words that dates are made of, in all languages together, read from dates.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from corpusprep.cleaners.lexicon import fold

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

__all__ = [
    "COLON",
    "COMMA",
    "DASH",
    "DOT",
    "SLASH",
    "UNITS",
    "Line",
    "Token",
    "Word",
    "joints",
    "labels",
    "starters",
    "words",
]

DASH, SLASH, DOT, COLON, COMMA = map(frozenset, ("-‐‑‒–—−－", "/／", ".．", ":：∶", ",،，、"))
_WITHIN = frozenset(".'’-")  # may stand between the words of a wording
_GROUPS = {"published": "role", "updated": "role", "am": "half", "pm": "half", "months": "month", "jalali": "month"}
UNITS = ("second", "minute", "hour", "day", "week", "month", "year")

_MARKS = r"\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u200c\u200d"
_HAN = r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_THAI_TAIL = r"(?:ที่แล้ว|ที่ผ่านมา|ที่(?![\u0e00-\u0e7f]))"  # written together with the word before it
# A number, one Chinese or Japanese character, an abbreviation with its points ("p.m.", "ม.ค."), a word, or one other mark.
TOKEN = re.compile(
    rf"(?P<number>\d+)|[{_HAN}]|(?<![^\W\d_])[^\W\d_{_HAN}](?:\.[^\W\d_{_HAN}])+(?![^\W\d_])\.?"
    rf"|{_THAI_TAIL}|[\u0e00-\u0e7f]{{1,3}}(?:\.[\u0e00-\u0e7f]{{1,2}})+\.?|[\u0e00-\u0e7f]+?(?={_THAI_TAIL})|(?:[^\W\d_{_HAN}]|[{_MARKS}])+|[^\s\w]|_"
)

_HUMP = re.compile(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ][a-zß-ÿ]{2})")


class Token(NamedTuple):
    """A piece of a line: `key` is its folded word, its mark, or its number in plain digits; `number` is -1 if it is none."""

    key: str
    start: int
    end: int
    number: int


class Word(NamedTuple):
    """A word or wording of dates.toml: what it is, in which language, and its number (a month's, a weekday's, a unit's)."""

    keys: tuple[str, ...]
    kind: str
    value: int
    language: str


def cut(text: str) -> list[Token]:
    """The tokens of a line, with their offsets."""
    found = []
    for match in TOKEN.finditer(text):
        piece = match[0]
        if match.lastgroup:
            number = int(piece) if len(piece) <= 9 else 10**9
            found.append(Token(str(number), match.start(), match.end(), number))
        else:
            hump = _HUMP.search(piece) if len(piece) > 5 and not piece[1:].islower() else None
            if hump:  # "TimesNovember 21", "UhrLesedauer": the tags between the words are gone
                middle = match.start() + hump.start()
                found.append(Token(_key(piece[: hump.start()]), match.start(), middle, -1))
                found.append(Token(_key(piece[hump.start() :]), middle, match.end(), -1))
            else:
                found.append(Token(_key(piece), match.start(), match.end(), -1))
    return found


@cache
def words(group: str) -> Mapping[str, tuple[Word, ...]]:
    """The words of a kind, or of a group of kinds, by their first token, longest first.

    group: a kind of dates.toml, or `role` (published, updated), `half` (am, pm), `month` (months, jalali).
    """
    found: dict[str, set[Word]] = {}
    for word in _all_words():
        if _GROUPS.get(word.kind, word.kind) == group:
            found.setdefault(word.keys[0], set()).add(word)
    return {key: tuple(sorted(each, key=_longest_first)) for key, each in found.items()}


@cache
def starters() -> frozenset[str]:
    """The tokens, apart from numbers, with which a stamp may begin."""
    kinds = ("before", "fill", "now", "today", "yesterday", "month", "weekdays", "half")
    return frozenset(key for kind in kinds for key in words(kind))


@cache
def _all_words() -> tuple[Word, ...]:
    found = []
    for language, table in _tables().items():
        for kind, value, wording in _wordings(table) if language != "any" else ():
            keys = tuple(token.key for token in cut(wording) if token.key not in _WITHIN)
            if keys:
                found.append(Word(keys, kind, value, language))
    return tuple(found)


@cache
def joints(name: str) -> frozenset[str]:
    """Single words of all languages that hold the parts of a stamp together; see the table `any` of dates.toml."""
    return frozenset(token.key for word in _tables()["any"][name].split() for token in cut(word))


@cache
def labels() -> tuple[str, ...]:
    """What stands before a source or a name in a Chinese, Japanese or Korean date line."""
    return tuple(_tables()["any"]["label"].split())


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    file = resources.files("corpusprep.cleaners") / "dates.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _wordings(table: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    for kind, block in table.items():
        for number, names in enumerate(block.replace("\n", " ").split("|")):
            for name in names.split(","):
                yield kind, number, name.strip()


def _longest_first(word: Word) -> tuple[int, Word]:
    return -len(word.keys), word


def _key(piece: str) -> str:
    if len(piece) > 1:
        return fold(piece).replace(".", "")
    return fold(piece)


class Line:
    """A line cut into tokens, which can be asked what stands where.

    language: an ISO 639 code that settles what a word such as "listopad" means, "" if it is not known.
    """

    def __init__(self, text: str, language: str = "") -> None:
        self.text = text
        self.tokens = [*cut(text), *[Token("", len(text), len(text), -1)] * 8]
        self.count = len(self.tokens) - 8
        self.language = language

    def found(self, at: int, group: str) -> Sequence[tuple[int, Word]]:
        """The words of a group (see `words`) that begin at a token, each with the token after it, longest first."""
        known = words(group).get(self.tokens[at].key)
        if not known:
            return ()
        return [(end, word) for word in known if (end := self._match(at, word.keys))]

    def first(self, at: int, group: str) -> tuple[int, Word] | None:
        """The longest word of a group that begins at a token, with the token after it."""
        found = self.found(at, group)
        return found[0] if found else None

    def _match(self, at: int, keys: tuple[str, ...]) -> int:
        for key in keys[1:]:
            at += 1
            while self.tokens[at].key in _WITHIN:
                at += 1
            if self.tokens[at].key != key:
                return 0
        return at + 1

    def skip(self, at: int, *sets: Container[str], most: int = 4) -> int:
        """The first token from here on that is in none of the sets, at most so many further."""
        end = at + most
        while at < min(end, self.count) and any(self.tokens[at].key in each for each in sets):
            at += 1
        return at

    def joined(self, at: int) -> bool:
        """Whether no space stands before the token."""
        return self.tokens[at].start == self.tokens[at - 1].end

    def key(self, at: int) -> str:
        """The folded token, "" beyond the end."""
        return self.tokens[at].key

    def number(self, at: int, low: int, high: int, digits: int = 2) -> int:
        """The number at a token if it lies in the range and has at most so many digits, else -1."""
        token = self.tokens[at]
        inside = low <= token.number <= high and token.end - token.start <= digits
        return token.number if inside else -1

    def year(self, at: int) -> int:
        """The year at a token, 0 if there is none: four digits."""
        token = self.tokens[at]
        return token.number if token.end - token.start == 4 and 1300 <= token.number <= 2643 else 0

    def month(self, at: int) -> tuple[int, Word] | None:
        """The month named at a token, by the line's language first and English second; None where languages disagree."""
        named = self.found(at, "month")
        if not named:
            return None
        longest = max(end for end, _ in named)
        named = [each for each in named if each[0] == longest]
        for language in (self.language, "en"):
            own = [each for each in named if each[1].language == language]
            if own:
                return own[0]
        return named[0] if len({(word.kind, word.value) for _, word in named}) == 1 else None
