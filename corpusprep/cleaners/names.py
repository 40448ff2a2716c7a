"""Tells people's names from other words, in the scripts that newspapers are written in."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from corpusprep.cleaners.datewords import words as date_words
from corpusprep.cleaners.lexicon import fold, load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["EAST", "Vocabulary", "eastern_names", "given", "name", "vocabulary"]

_LONGEST = 48  # code points of a name
_MOST_WORDS = 5
EAST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_WORD = re.compile(
    r"[^\W\d_][\w'’.\-\u2010\u2011\u0300-\u036f\u0591-\u05f4\u064b-\u0670\u0900-\u0dff\u0e31-\u0e4e\u200c]*"
)
_KOREAN = re.compile(
    r"((?:[\uac00-\ud7a3]{2,4},\s*)*[\uac00-\ud7a3]{2,4})(?=\s*(?:[\uac00-\ud7a3]{0,4}기자|특파원|논설위원|선임기자|앵커|PD)(?:\W|$))"
)
_EAST_TAIL = re.compile(
    r"(?:[\u3400-\u9fff]{0,6}(?:报道|報道|報導|报导|电|電|摄|攝|综合|綜合|专电)|記者|记者|記す|氏|さん)$"
)
_EAST_NAME = re.compile(r"[\u3040-\u30ff\u3400-\u9fff々ヶ・]{2,10}|[\uac00-\ud7a3]{2,4}")
_GAP = re.compile(r"[\s\u3000]+")
_CAPITALS = re.compile(r"[A-Z]{3,}")
_HUMP = re.compile(r"(^mc|^o['’]|^d['’]|-|^)(\w)")
_MAY_BE_NAMES = frozenset(
    ["will", "don", "may", "long", "little", "young", "good"]
)  # though they are common words, too


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of bylines.toml, folded, with the roles and agencies of the phrase lists."""

    lists: Mapping[str, frozenset[str]]
    stop: frozenset[str]
    dated: frozenset[str]

    def has(self, kind: str, word: str) -> bool:
        """Whether a folded word or wording is of a kind."""
        return word in self.lists[kind]


@cache
def vocabulary() -> Vocabulary:
    """Read bylines.toml, once."""
    file = resources.files("corpusprep.cleaners") / "bylines.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    lexicon = load()
    lists: dict[str, frozenset[str]] = {}
    for kind, block in table.items():
        wordings = {fold(each.strip()) for each in block.replace("\n", " ").split(",")} - {""}
        shared = lexicon.words.get("byline", {}).get(kind, frozenset()) if kind == "agencies" else frozenset()
        lists[kind] = frozenset(wordings | {" ".join(each) for each in shared})
    dated = {
        key for group in ("weekdays", "month") for key, found in date_words(group).items() if len(found[-1].keys) == 1
    }
    stop = lexicon.stop.get("en", frozenset()) - _MAY_BE_NAMES - lists["particles"]
    return Vocabulary(lists=lists, stop=stop, dated=frozenset(each for each in dated if len(each) > 3) - lists["given"])


def given(word: str) -> bool:
    """Whether a word is a common given name; of a double one the first half counts."""
    return vocabulary().has("given", fold(word).strip(".,").partition("-")[0])


def name(pieces: Sequence[str], *, fewest: int = 2) -> str:
    """The name that these words are, as it is usually spelled; "" if they are none.

    fewest: how many words it takes; 1 where something else says that here stands a name.
    """
    text = " ".join(pieces).strip(" .,:;*-–—'\"") + ("." if pieces and re.fullmatch(r"[^\W\d_]\.", pieces[-1]) else "")
    pieces = text.split()
    if not fewest <= len(pieces) <= _MOST_WORDS or len(text) > _LONGEST or any(char.isdigit() for char in text):
        return ""
    if not any(char.isupper() or char.islower() for char in text):
        return text if len(text) >= 3 and all(map(_WORD.fullmatch, pieces)) else ""
    if not all(map(_may_be_part, pieces, range(len(pieces), 0, -1))):
        return ""
    if _thing(pieces):
        return ""
    return _spelled(text)


def _may_be_part(piece: str, left: int) -> bool:
    """Whether a word may be part of a name of which so many words are left."""
    words, low = vocabulary(), fold(piece).strip(".,")
    if not _WORD.fullmatch(piece) or low in words.dated:
        return False
    if piece[0].islower():
        return (
            (words.has("particles", low) and left > 1)
            or piece[1:2] == "'"
            or ("-" in piece and piece[-1].isalpha() and piece.rpartition("-")[2][0].isupper())
        )
    return len(low) < 2 or low not in words.stop


def _thing(pieces: Sequence[str]) -> bool:
    """Whether it begins or ends as houses and pages do, or mixes an acronym with words."""
    words = vocabulary()
    first, last = fold(pieces[0]).strip("."), fold(pieces[-1]).strip(".")
    if words.has("things", first) or (words.has("things", last) and not words.has("given", first)):
        return True
    mixed = any(char.islower() for piece in pieces for char in piece)
    return mixed and bool(_CAPITALS.fullmatch(pieces[0]))


def _spelled(text: str) -> str:
    """A name whose words are in capitals, in the usual spelling; "Bill McCARTHY" and initials stay as they are."""
    pieces = text.split()
    letters = [char for char in text if char.isalpha()]
    if len(letters) < 5 or not all(char.isupper() for char in letters) or len(pieces) < 2:
        return text
    told = []
    for index, piece in enumerate(pieces):
        low = piece.lower()
        if index and vocabulary().has("particles", low):
            told.append(low)
        elif "." in piece or len(piece) == 1:
            told.append(piece)
        else:
            told.append(_HUMP.sub(lambda found: found[1].capitalize() + found[2].upper(), low))
    return " ".join(told)


def eastern_names(text: str) -> list[str]:
    """The names in what a Chinese, Japanese or Korean byline says behind its opening."""
    korean = _KOREAN.findall(text)
    if korean:
        return [
            each
            for names in korean
            for each in re.split(r",\s*", names)
            if not each.endswith(("신문", "일보", "뉴스", "전문", "선임"))
        ]
    pieces = [piece for piece in _GAP.split(text.strip()) if piece]
    named = [stripped for piece in pieces if (stripped := _EAST_TAIL.sub("", piece)) or piece == pieces[0]]
    named = [piece for piece in named if _EAST_NAME.fullmatch(piece) or (len(piece) == 1 and EAST.match(piece))]
    if (
        len(named) == 2
        and not all(len(piece) > 1 and piece[0] in _surnames() for piece in named)
        and max(map(len, named)) < 4
    ):
        return [" ".join(named)]  # a space between family and given name, as Japanese papers set it
    return [piece for piece in named if len(piece) > 1]


@cache
def _surnames() -> str:
    return "".join(vocabulary().lists["surnames"])
