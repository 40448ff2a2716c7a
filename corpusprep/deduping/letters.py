"""Fold code points, so that spellings that differ in Unicode form, case or punctuation alone become equal.

The fold of a letter is its NFKC casefold without accents, that of a digit the ASCII digit of its value. Code points that are no part of
words fold to small numbers that say what to do with them. The table covers the Basic Multilingual Plane and is made when
it is first used, in a tenth of a second; code points above it are looked up one by one.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "ASCII_TABLE",
    "ASCII_VANISH",
    "END",
    "FINAL",
    "HYPHEN",
    "LINE",
    "SLOW",
    "SPACE",
    "VANISH",
    "find_singles",
    "fold",
    "is_southeast_asian",
    "normalize",
]

END, VANISH, SLOW, HYPHEN, LINE, SPACE = 0, 1, 2, 3, 10, 32
"""Folds that are no letters: ends a text; left out; needs the standard library (see `normalize`); left out, but two of
them are a dash and end a word; ends a line; ends a word. All are at most SPACE."""

# Left out wherever they stand, so that "U.S." is "US", "don’t" is "don't" is "dont" and "1,000.5" stays one number.
_VANISH = "'.,`´‘’‚‛ʼ′·…·،٫٬٭\u00ad\u0640"
_HYPHENS = "-‐‑"
ASCII_VANISH = "".join(c for c in _VANISH + _HYPHENS if c.isascii()).encode()
_LINES = "\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
# Vowel points of Hebrew and Arabic are written or not as a newspaper likes; variation selectors say how to draw.
# Accents are lost in capitals and on old wires, and so is the hamza on an alef.
_POINTS = (
    (0x0300, 0x036F),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0xFE00, 0xFE0F),
)
_BARE = {"ı": "i", "ł": "l", "ø": "o", "đ": "d"}  # letters whose stroke is no accent to Unicode
_JAMO = (0x1160, 0x11FF)

FINAL = ".!?…。！？؟।॥።｡\"'”’»」』"
"""What ends a sentence, or a quotation that ends with one."""

# Scripts without spaces, of which each character is a token.
_SINGLE = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai Le, New Tai Lue
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x3005, 0x3007),  # Han iteration mark, closing mark, zero
    (0x3040, 0x312F),  # Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31BF),  # Bopomofo extended
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # Han extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA000, 0xA4CF),  # Yi
    (0xA9E0, 0xA9FF),  # Myanmar extended
    (0xAA60, 0xAADF),  # Myanmar extended, Tai Viet
    (0xF900, 0xFAFF),  # Han compatibility
    (0x1B000, 0x1B16F),  # Kana supplement
    (0x20000, 0x3FFFF),  # Han extensions
)
_FIRST_SINGLE = _SINGLE[0][0]
_LAST_SOUTHEAST_ASIAN = 0x1AAF
_BASIC = 0x10000

Codes = npt.NDArray[Any]  # of uint16 or uint32
Flags = npt.NDArray[np.bool_]


def normalize(text: str) -> str:
    """NFKC and casefold, as Unicode's NFKC_Casefold but for code points that are left out later."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def fold(codes: Codes, *, normalized: bool) -> Codes:
    """The fold of each code point, uint16 or uint32 as the codes are. SLOW does not occur where text is `normalized`."""
    tables = _tables()
    table = tables.plain if normalized else tables.marked
    if codes.dtype == np.uint16:
        return table.take(codes)
    folds = table.take(np.minimum(codes, _BASIC - 1)).astype(np.uint32)
    high = np.flatnonzero(codes >= _BASIC)
    different, back = np.unique(codes[high], return_inverse=True)
    folds[high] = np.array([_fold(chr(code), normalized=normalized) for code in different.tolist()], np.uint32)[back]
    return folds


def find_singles(folds: Codes) -> npt.NDArray[np.int64]:
    """Places of folds that are tokens of their own, as characters of scripts without spaces are."""
    places = np.flatnonzero(folds >= _FIRST_SINGLE)
    high = folds[places]
    single = _tables().single.take(high, mode="clip")
    if folds.dtype != np.uint16:
        for first, last in _SINGLE:
            if first >= _BASIC:
                single |= (high >= first) & (high <= last)
    return places[single]


def is_southeast_asian(folds: Codes) -> Flags:
    """Which tokens of their own spell sounds, several to a syllable, and are not whole words as Han is."""
    return folds <= _LAST_SOUTHEAST_ASIAN


def _bare(folded: str) -> str:
    """Without accents and points, which are left out where they stand by themselves as well."""
    if folded.isascii():
        return folded
    apart = unicodedata.normalize("NFD", folded)
    bare = "".join(char for char in apart if not _is_point(char))
    return unicodedata.normalize("NFC", _BARE.get(bare, bare)) if bare else folded


def _is_point(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _POINTS)


def _fold(char: str, *, normalized: bool) -> int:
    folded = _bare(normalize(char))
    if len(folded) == 1:
        return _one(folded, char)
    kinds = {min(_one(each, each), SPACE + 1) for each in folded}
    if kinds <= {VANISH, HYPHEN}:
        return VANISH
    if max(kinds) <= SPACE:
        return SPACE
    return ord(char) if normalized else SLOW


def _one(folded: str, char: str) -> int:
    category = unicodedata.category(folded)
    if char == "\0":
        return END
    if char in _LINES:
        return LINE
    if folded in _HYPHENS:
        return HYPHEN
    if folded in _VANISH or category == "Cf" or _is_point(folded):
        return VANISH
    if category == "Nd":
        return ord("0") + unicodedata.digit(folded)
    return ord(folded) if category[0] in "LM" or category in ("Nl", "No") else SPACE


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """Of the Basic Multilingual Plane. marked: folds, SLOW where several code points fold together or one to several."""

    marked: npt.NDArray[np.uint16]
    plain: npt.NDArray[np.uint16]
    single: Flags


@functools.cache
def _tables() -> _Tables:
    chars = [chr(code) for code in range(_BASIC)]
    marked = np.array([_quick(char) for char in chars], np.uint32)
    marked[marked >= _BASIC] = SLOW
    plain = np.where(marked == SLOW, np.arange(_BASIC), marked)
    pairs = [unicodedata.decomposition(char).split() for char in chars]
    seconds = [int(pair[1], 16) for char, pair in zip(chars, pairs, strict=True) if _composes(char, pair)]
    joining = np.array(sorted({*seconds, *range(_JAMO[0], _JAMO[1] + 1)}))
    marked[joining[marked[joining] > SPACE]] = SLOW
    single = np.zeros(_BASIC, np.bool_)
    for first, last in _SINGLE:
        single[first : last + 1] = plain[first : last + 1] > SPACE
    single[: ord("9") + 1] = False
    return _Tables(marked.astype(np.uint16), plain.astype(np.uint16), single & (plain == np.arange(_BASIC)))


def _quick(char: str) -> int:
    """`_fold` of a code point, asking least where most are."""
    category = unicodedata.category(char)
    if category == "Lo" and not unicodedata.decomposition(char) and char not in _VANISH:
        return ord(char)
    return SPACE if category in ("Cn", "Co", "Cs") else _fold(char, normalized=False)


def _composes(char: str, pair: list[str]) -> bool:
    return len(pair) == 2 and "<" not in pair[0] and unicodedata.normalize("NFC", char) == char


def _ascii_table() -> bytes:
    table = bytearray(SPACE for _ in range(256))
    for code in range(128):
        table[code] = _fold(chr(code), normalized=True)
    return bytes(table)


ASCII_TABLE = _ascii_table()
"""Folds of ASCII for `bytes.translate`, with `ASCII_VANISH` to leave out."""
