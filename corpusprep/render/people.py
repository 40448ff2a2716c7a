"""Authors' names out of what pages write where an author is asked for: lists, roles, handles, addresses, agencies."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["is_full_name", "opens_byline", "people"]

_TAG = re.compile(r"<[^<>]{1,200}>")
_OPENING = re.compile(
    r"^\W*(?:(?:written|reported|posted|published|edited|story|text|words|article|report|analysis|opinion|beitrag|ein(?:e[rn]?)?\s+\w+)\s+)?"
    r"(?:by|von|par|por|di|door|av|af|oleh|tekst|text|autor(?:in)?(?:/autor)?|auteurs?|författare|skrevet av|yazan|автор|текст|作者|文|記者|"
    r"责编|編集)(?:\s*[:：/／|]\s*|\s+)",
    re.IGNORECASE,
)
_FIELD = re.compile(r"\s*(?:[|•·\n\t]|\s-\s|\s[–—]\s)\s*")
_PART = re.compile(r"\s*(?:[;、，]|&(?!\w+;)|\s/\s)\s*")
_AND = re.compile(r"\s+(?:and|und|et|og|och|ve|dan|és|oraz|и|та|και|na|e|y|i|en|ja|a)\s+", re.IGNORECASE)
_SLASH, _COMMA = re.compile(r"\s*/\s*"), re.compile(r"\s*,\s*")
_ROLE = re.compile(
    r"\b(?:editor|reporter|correspondent|writer|staff|journalist\w*|redakteur\w*|redaktion|korrespondent\w*|contributor|professor\w*|"
    r"profesor\w*|chef|chief|bureau|newsroom|columnist|author|producer|photograph\w*|minutes?|min read|updated|published|image|photo|"
    r"uhr|news|aktualisiert|comments?)\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"https?:|www\.|[@\d:：=<>{}]|\w\.[a-z]{2,5}$|^\W*$|^(?:admin|administrator|author|null|undefined|none|von|by)$|"
    r"^[a-z\d]+(?:[-_][a-z\d]+)+$",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"\s*\(?(?:@\w+|[\w.+-]+@[\w-]+\.[\w.]+)\)?")
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[.:/]\d{1,2}")
# fmt: off
_PARTICLES = frozenset((
    "a", "af", "al", "ap", "av", "ben", "bin", "bint", "da", "dal", "dalla", "das", "de", "degli", "dei", "del", "della", "den", "der", "des",
    "di", "do", "dos", "du", "e", "el", "i", "ibn", "la", "las", "le", "los", "op", "te", "ten", "ter", "tot", "und", "van", "vom", "von", "y",
    "zu", "zum", "zur",
))
# fmt: on
_LONGEST = 60


def people(written: Iterable[str]) -> tuple[str, ...]:
    """The names in these strings, each once, in order.

    A part that is no name (an address, a role, a date) is left out; what remains of a name keeps its own spelling. Where one
    part begins with a word such as "By", the others are no names.
    """
    names: dict[str, str] = {}
    for text in written:
        for name in _names(_plain(text)):
            names.setdefault(name.casefold(), name)
    return tuple(names.values())


def opens_byline(text: str) -> bool:
    """Whether a line holds a byline: some part begins with "By", or a name stands beside a date."""
    fields = [field for field in _FIELD.split(text) if field]
    if any(_OPENING.match(field) for field in fields):
        return True
    named = [field for field in fields if is_full_name(field)]
    return len(fields) > 1 and len(named) == 1 and any(_DATED.search(field) for field in fields)


def is_full_name(text: str) -> bool:
    """Whether a text looks like a person's name and nothing else: two to four words, none small but particles."""
    words = text.split()
    if _NO_NAME.search(text) or _ROLE.search(text):
        return False
    if not text.isascii() and not any(char.islower() or char.isupper() for char in text):
        return 2 <= len(text) <= 12
    small = any(word[0].islower() and word.casefold() not in _PARTICLES for word in words[1:-1])
    return (
        2 <= len(words) <= 4
        and words[0][0].isupper()
        and words[-1][0].isupper()
        and not small
        and len(text) <= _LONGEST
    )


def _plain(text: str) -> str:
    text = text[:1000]
    if "&" in text:
        text = unescape(unescape(text))
    if "://" in text:
        return ""
    return _HANDLE.sub(" ", _TAG.sub(" ", text)).strip()


def _names(text: str) -> Iterator[str]:
    fields = [field for field in _FIELD.split(text) if field]
    opened = [_OPENING.sub("", field) for field in fields if _OPENING.match(field)]
    for field in opened or fields:
        for part in _PART.split(field):
            for side in _sides(part):
                pieces = [piece for piece in _COMMA.split(side) if piece]
                for piece in pieces:
                    if _is_name(piece, alone=len(pieces) == 1):
                        yield " ".join(piece.split()).strip(" ,;:|/()（）-–—")
                    elif opened:
                        break  # what follows a byline is a place, a section, a date


def _sides(part: str) -> list[str]:
    """A part at its joining words and slashes, unless they belong to the name: "Ortega y Gasset" is one, and so is "AP/dpa"."""
    for joint in (_AND, _SLASH):
        sides = joint.split(part)
        if len(sides) > 1 and all(len(side.split()) > 1 for side in sides):
            return [each for side in sides for each in _sides(side)]
    sides = re.split(r"\s+(?:and|und|et)\s+", part)
    return sides if len(sides) > 1 else [part]


def _is_name(piece: str, *, alone: bool) -> bool:
    if _NO_NAME.search(piece) or len(piece) > _LONGEST:
        return False
    if alone:
        return len(piece.split()) <= 6
    # Beside a name stand roles, places and agencies; of these only an agency's letters ("dpa") sign the story too.
    return len(piece.split()) <= 4 and not _ROLE.search(piece) and (not piece[0].islower() or len(piece) <= 4)
