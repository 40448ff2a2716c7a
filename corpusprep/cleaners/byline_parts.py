"""Takes a byline apart: what opens it, the names, roles and agencies between its marks."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from corpusprep.cleaners.dates import may_be_date, read_dates
from corpusprep.cleaners.datewords import joints
from corpusprep.cleaners.datewords import words as date_words
from corpusprep.cleaners.lexicon import fold
from corpusprep.cleaners.names import EAST, eastern_names, given, name, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "BESIDE",
    "FULLY",
    "GLUED",
    "HANDLE",
    "LEAD",
    "MARK",
    "NAMING",
    "OUTRIGHT",
    "PICTURE",
    "TITLED",
    "Part",
    "is_agency",
    "is_role",
    "openers",
    "parts_of",
    "small_words",
    "telling_words",
]

HANDLE = re.compile(r"\(?(?:https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)@\w{2,30})\)?")
MARK = re.compile(r"\s*([|·•;/／｜\n\t<>»«，、—–→]|\s-\s|[()（）【】\[\]]|\s{3,}|\u3000{2,})\s*")
_COMMA = re.compile(r"\s*[,،]\s*")
LEAD = " \t-–—(（[•·*»«>|▪►■\u200b"
GLUED = re.compile(r"^(?:[Bb]y|[Vv]on|[Pp]ar|[Pp]or)(?=[A-Z][a-z])")  # the tags between the words are gone
_HUMP = re.compile(r"(?<=[a-zß-ÿ]{4})(?=[A-Z][a-z]{2,}\s|[A-Z][a-z]{6,})")
_INNER_BY = re.compile(r"\s(?:by|von|par|por)\s+(?=[A-ZÀ-Þ])")
_NEXT_LABEL = re.compile(r"\.\s+(?=[^\W\d_]+\s?[:：])")  # "Texto: Ann Lee. Fotos: Tom Berg"
_KOREAN_LEAD = re.compile(r"^[(\[]?[^()\[\]]{1,12}=[^()\[\]]{2,12}[)\]]\s*")  # "(서울=연합뉴스)"
_KOREAN_DOT = re.compile(r"(?<=[\uac00-\ud7a3])\s*[·・]\s*(?=[\uac00-\ud7a3])")
_EAST_ROLE = re.compile(r"기자(?!\w)|특파원|记者|記者|编辑|編集委員|編輯|特派員|通讯员")
_EAST_HOUSE = re.compile(r"(?:部|报|報|社|网|網|局)$")
OUTRIGHT, TITLED, NAMING, FULLY, BESIDE, PICTURE = "outright", "titled", "naming", "fully", "beside", "picture"
_ARTICLES = frozenset(("the", "staff", "die", "der", "la", "le", "el", "a"))
_LETTERS = 5  # of an agency's name; if it is no longer, it is written in capitals, or as "dpa"
_KINDS = {
    "opening": OUTRIGHT,
    "titled": TITLED,
    "before_names": NAMING,
    "before_full_names": FULLY,
    "beside": BESIDE,
    "pictures": PICTURE,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a line: what opened it, the names in it, whether it tells a role, an agency or a desk, and how many other words."""

    opened: str = ""
    names: tuple[str, ...] = ()
    role: bool = False
    agency: str = ""
    other: int = 0
    sign: str = ""  # the mark before it


def parts_of(text: str) -> Iterator[Part]:
    """The parts of a line between its marks; what follows "Foto:" belongs to it until the next opening."""
    bare = _east_labels(HANDLE.sub(" | ", GLUED.sub(lambda found: found[0] + " ", text.lstrip(LEAD))))
    bare = _NEXT_LABEL.sub(" | ", bare)
    bare = _HUMP.sub(" | ", bare) if not bare.isupper() else bare
    opened, sign = "", ""
    for index, piece in enumerate(MARK.split(_undated(bare))):
        if index % 2:
            sign = piece
            continue
        cut = piece.strip(" ,:：-–—•*\"'")
        if not cut or fold(cut).rstrip(".") in _stamp_words():
            continue
        kind, rest = _opening(cut)
        opened = kind or (opened if sign in "、,;/／&" or opened in {PICTURE, BESIDE} else "")
        yield _read(rest, opened, sign.strip() or sign)


def _undated(text: str) -> str:
    """The line with a bar for each stamp and the small word before it."""
    if not (any(char.isdigit() for char in text) and may_be_date(text)):
        return text
    for stamp in reversed(read_dates(text)):
        before = text[: stamp.start].rstrip()
        head, _, last = before.rpartition(" ")
        text = (head if last.islower() and fold(last) in joints("at") else before) + " | " + text[stamp.end :]
    return text


@cache
def _stamp_words() -> frozenset[str]:
    return frozenset(" ".join(word.keys) for found in date_words("role").values() for word in found)


@cache
def openers() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Opening wordings by their first word, longest first, each with its kind."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for key, kind in _KINDS.items():
        for wording in vocabulary().lists[key]:
            found[wording.split()[0]].add((wording, kind))
    order = list(_KINDS.values())
    return {
        first: tuple(sorted(each, key=lambda pair: (-len(pair[0]), pair[0], order.index(pair[1]))))
        for first, each in found.items()
    }


def _opening(piece: str) -> tuple[str, str]:
    """What opens a piece ("" if nothing does), and what follows the opening."""
    if EAST.match(piece):
        return _eastern_opening(piece)
    folded = fold(piece)
    if len(folded) != len(piece):  # marks have gone: offsets must stay
        folded = "".join(low if len(low := fold(char)) == 1 else char for char in piece)
    head = re.split(r"[\s:：]", folded, maxsplit=1)[0]
    for wording, kind in (*openers().get(head, ()), *openers().get(head.rstrip(".,"), ())):
        if folded.startswith(wording):
            after = folded[len(wording) :].lstrip(".")
            colon = after.lstrip()[:1] in {":", "："}
            open_end = not after or after[0] in " :："
            if open_end and (
                colon or (kind in {OUTRIGHT, NAMING, FULLY} and after) or (" " in wording and kind in {BESIDE, PICTURE})
            ):
                rest = piece[len(wording) :].lstrip(" .:：").rstrip(" :：")
                return kind, rest if kind in {NAMING, FULLY} else _past_by(rest)
    return "", piece


def _past_by(rest: str) -> str:
    """What follows "Texte : par" or "Interview: Von", or "by" further on: "the Ledger by Ann Lee"."""
    inner = _INNER_BY.search(rest)
    if inner:
        return rest[inner.end() :]
    first, _, behind = rest.partition(" ")
    return behind if behind and vocabulary().has("before_names", fold(first)) and not first[:1].isupper() else rest


@cache
def _east() -> re.Pattern[str]:
    lists = vocabulary().lists
    labels = sorted(
        {each for key in ("east_opening", "east_beside", "east_pictures") for each in lists[key]},
        key=lambda each: (-len(each), each),
    )
    return re.compile("|".join(map(re.escape, labels)))


def _east_labels(text: str) -> str:
    """The line with a bar before each label, and a colon behind it: "文/张三 图/李四", "记者 张三 通讯员 李四"."""
    if not EAST.search(text):
        return text
    label = _east().pattern
    text = _KOREAN_DOT.sub(", ", _KOREAN_LEAD.sub("", text))
    text = re.sub(rf"({label})(?:\s*[:：/／｜]|\|)\s*", r" | \1：", text)
    text = re.sub(rf"(^|[\s(（|])({label})[・=＝\s\u3000]+(?=[\u3040-\u9fff])", r"\1 | \2：", text)
    return re.sub(r"(?<=[\u3400-\u9fff])\s+(?=(?:本报|实习|见习)?(?:记者|通讯员))", " | ", text)


def _eastern_opening(piece: str) -> tuple[str, str]:
    match = _east().match(piece)
    if not match:
        return "", piece
    rest = piece[match.end() :]
    kinds = {"east_opening": OUTRIGHT, "east_beside": BESIDE, "east_pictures": PICTURE}
    kind = next(kind for key, kind in kinds.items() if match[0] in vocabulary().lists[key])
    if len(match[0]) == 1 and rest[:1] not in {":", "："}:
        return "", piece  # 文, 글: a label only before a colon
    return kind, rest.strip(" :：　")


def _read(piece: str, opened: str, sign: str) -> Part:
    if EAST.search(piece):
        return _read_east(piece, opened, sign)
    names: list[str] = []
    role, agency, other = False, "", 0
    for side in _COMMA.split(piece):
        behind = bool(names)  # what a comma parts from a name is often a place, a house or a role
        for each in _sides(side):
            alone = bool(opened) and opened != FULLY and not (names or role or agency)
            told = _piece(each, alone=alone, behind=behind)
            if opened in {NAMING, FULLY} and not (names or role or told.names or told.role or told.agency):
                return Part(other=len(piece.split()), sign=sign)  # "By comparison, ..."
            role, agency = role or told.role, agency or told.agency
            names += told.names
            other += 0 if opened and names and not told.names else told.other
            behind = behind and not told.names
    return Part(opened, tuple(names), role, agency, other, sign)


def _read_east(piece: str, opened: str, sign: str) -> Part:
    if vocabulary().has("agencies", fold(piece)):
        return Part(opened, agency=piece, sign=sign)
    names = eastern_names(piece)
    role = bool(_EAST_ROLE.search(piece)) or bool(opened and _EAST_HOUSE.search(piece))
    if not opened and not role and (len(names) != 1 or len(names[0].replace(" ", "")) > 5):
        return Part(opened, other=3, sign=sign)
    return Part(opened, tuple(names), role, other=0 if names or role else 2, sign=sign)


def _sides(side: str) -> list[str]:
    """A piece at its joining words."""
    sides: list[list[str]] = [[]]
    for word in side.split():
        joins = word == "&" or (
            vocabulary().has("joins", fold(word))
            and (word[0].islower() or not word.isascii() or (side.isupper() and len(word) > 1))
        )
        if joins and sides[-1] and not (len(word) == 1 and len(sides[-1]) < 2 and word.isascii() and word != "&"):
            sides.append([])
        else:
            sides[-1].append(word)
    joined = (" ".join(each).strip(" :") for each in sides)
    return [each if re.search(r"\b\w\.$", each) else each.strip(".") for each in joined if each]


def is_role(word: str) -> bool:
    """Whether a folded word tells by itself what somebody is: "reporter", "Redaktion"."""
    return vocabulary().has("roles", word)


def _piece(text: str, *, alone: bool, behind: bool) -> Part:
    """What a few words are: a name, perhaps with a role, a place or an agency behind it; a role; an agency; or something else.

    alone: one word will do for a name. behind: a name stands before them, parted by a comma.
    """
    pieces = text.split()
    low = [fold(piece).strip(".,") for piece in pieces]
    if is_agency(pieces, low) or (len(pieces) == 1 and _letters(text)):
        return Part(agency=_house(pieces, low), role=True) if alone or is_agency(pieces, low) else Part()
    if any(map(is_role, low)):
        return _with_role(pieces, low, alone=alone, behind=behind)
    if behind and _no_person(pieces, low):
        return Part()
    for size in range(min(4, len(pieces) - 1), 0, -1):  # "Ann Lee The Associated Press"
        if is_agency(pieces[-size:], low[-size:]) and name(pieces[:-size]):
            return Part(names=(name(pieces[:-size]),), agency=_house(pieces[-size:], low[-size:]))
    told = name(pieces[: _before_place(pieces, low)], fewest=1 if alone else 2)
    if told or (len(pieces) == 1 and not alone and not text[0].islower()):
        return Part(names=(told,) if told else ())  # a capital alone is a place or a section
    return Part(other=len(pieces))


def _no_person(pieces: Sequence[str], low: Sequence[str]) -> bool:
    """Whether what a comma parts from a name is a place or a house: "Berlin", "New Delhi", "CLN Port Ancel", "do Rio"."""
    return len(pieces) == 1 or vocabulary().has("place_first", low[0]) or _house_first(pieces) or pieces[0][0].islower()


def _letters(text: str) -> bool:
    """Whether these are letters that stand for a house."""
    return text.isupper() and text.isalpha() and len(text) <= 6 and not given(text)


def is_agency(pieces: Sequence[str], low: Sequence[str]) -> bool:
    """Whether words, given as printed and folded, name an agency, perhaps its staff; "App" and "Index" are but words."""
    bare = [word for word in low if word not in _ARTICLES]
    if len(bare) == 1 and len(bare[0]) <= _LETTERS and pieces[-1][:1].isupper() and not pieces[-1].isupper():
        return False
    return vocabulary().has("agencies", " ".join(bare)) or vocabulary().has("agencies", " ".join(low))


def _house(pieces: Sequence[str], low: Sequence[str]) -> str:
    """The agency as it is printed, "" where it is but a word such as "agencies"."""
    bare = [piece for piece, word in zip(pieces, low, strict=True) if word not in _ARTICLES]
    return "" if all(is_role(fold(piece).strip(".")) for piece in bare) else " ".join(bare)


def _house_first(pieces: Sequence[str]) -> bool:
    """Whether a name in capitals stands first that is no person's: "CLN Port Ancel", "MDR SACHSEN"."""
    return pieces[0].isupper() and pieces[0].isalpha() and 2 <= len(pieces[0]) <= 4 and not given(pieces[0])


def _before_place(pieces: Sequence[str], low: Sequence[str]) -> int:
    """Where a place begins behind a name: "Ann Lee in Nairobi", "Ann Lee For The Ledger"."""
    for at, word in enumerate(low[1:-1], start=1):
        small = pieces[at][0].islower() or word == "for"
        if small and vocabulary().has("places", word) and pieces[-1][0].isupper() and len(pieces) - at <= 6:
            return at
    return len(pieces)


def _with_role(pieces: Sequence[str], low: Sequence[str], *, alone: bool, behind: bool) -> Part:
    """A role, with the name before or behind it: "Ann Lee Senior Reporter", "Reporter Ann Lee", "our farming editor"."""
    roles = [at for at, word in enumerate(low) if is_role(word)]
    first, last = roles[0], roles[-1]
    while first and vocabulary().has("qualifiers", low[first - 1]) and not (first <= 2 and given(pieces[0])):
        first -= 1
    behind_role = pieces[last + 1 :]
    told = name(behind_role)
    if not told and first >= 2 and not (behind and not given(pieces[0])):
        told = _before_role(pieces[:first], low)
    if not told and first == 1 and alone and given(pieces[0]):
        told = pieces[0]
    small = [
        word
        for word in behind_role
        if word[0].islower() and not vocabulary().has("qualifiers", word) and word not in small_words()
    ]
    if small and not told.endswith(behind_role[-1]):
        return Part(other=len(pieces))  # "Agency spending cut"
    other = 0 if told else max(0, first - 1) + max(0, len(behind_role) - 3)
    return Part(names=(told,) if told else (), role=True, other=other)


def _before_role(pieces: Sequence[str], low: Sequence[str]) -> str:
    """The name before a role, where only capitals and words such as "senior" stand between: "Ann Lee Travel News (Reporter)"."""
    words = vocabulary()
    if any(
        piece[0].islower() and not words.has("qualifiers", word) and not words.has("particles", word)
        for piece, word in zip(pieces, low, strict=False)
    ):
        return ""
    whole = name(pieces)
    return whole if whole and (len(pieces) <= 3 or given(pieces[0])) else name(pieces[:2])


@cache
def telling_words() -> frozenset[str]:
    """Words in lower case that make a line worth a closer look: they join names, or tell what somebody is or where."""
    lists = vocabulary().lists
    return lists["joins"] | lists["places"] | lists["roles"]


@cache
def small_words() -> frozenset[str]:
    """Words in lower case that bylines hold."""
    lists = vocabulary().lists
    return telling_words() | lists["particles"] | lists["qualifiers"] | joints("at")
