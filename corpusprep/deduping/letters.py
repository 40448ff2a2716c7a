"""Fold code points, so that spellings that differ in Unicode form, case or punctuation alone become equal.

Each code point has a *fold* (its NFKC casefold, as one code point) and a *kind*. The tables cover the Basic
Multilingual Plane when first used (a tenth of a second); code points above it are filled in as they are met.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "ASCII_KINDS",
    "ASCII_TABLE",
    "ASCII_VANISH",
    "BREAK",
    "DIGIT",
    "FINAL",
    "LETTER",
    "LINE",
    "SINGLE",
    "SPACE",
    "VANISH",
    "Letters",
    "is_southeast_asian",
    "letters",
    "normalize",
]

BREAK, LETTER, DIGIT, VANISH, SINGLE = range(5)
"""Kinds: ends a token, part of a word, part of a number, left out, a token of its own (scripts without spaces)."""

SPACE, LINE = 32, 10
"""Folds of code points that end a token: all but line ends become a space."""

# Left out wherever they stand, so that "U.S." is "US", "don’t" is "don't" is "dont" and "1,000.5" stays one number.
_VANISH = "'.,-`´‘’‚‛ʼ′·‐‑\u00ad\u0640·،٫٬٭…"
ASCII_VANISH = "".join(c for c in _VANISH if c.isascii()).encode()

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
_LAST_SOUTHEAST_ASIAN = 0x1AAF
# Vowel points of Hebrew and Arabic are written or not as a newspaper likes; variation selectors say how to draw.
_POINTS = ((0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06ED), (0xFE00, 0xFE0F))
_LINES = "\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_KINDS = {
    "Cf": VANISH,
    "Nd": DIGIT,
    **dict.fromkeys(("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nl", "No"), LETTER),
}
_JAMO = (0x1160, 0x11FF)
_PLANES = 0x110000
_BASIC = 0x10000

Codes = npt.NDArray[np.uint32]


def _ascii_table() -> bytes:
    table = bytearray(SPACE for _ in range(256))
    for code in range(128):
        if chr(code).isalnum():
            table[code] = ord(chr(code).lower())
    for code in b"\n\x0b\x0c":
        table[code] = LINE
    table[0] = 0  # parts documents
    return bytes(table)


FINAL = ".!?…。！？؟।॥。።។။\"'”’»」』"
"""What ends a sentence, or a quotation that ends with one."""

ASCII_TABLE = _ascii_table()
"""Folds of ASCII for `bytes.translate`."""


def normalize(text: str) -> str:
    """NFKC and casefold, as Unicode's NFKC_Casefold but for code points that are left out later."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def is_southeast_asian(codes: Codes) -> npt.NDArray[np.bool_]:
    """Which code points of kind SINGLE spell sounds, several to a syllable, and not whole words as Han does."""
    return codes <= _LAST_SOUTHEAST_ASIAN


def _kind(char: str) -> int:
    code, kind = ord(char), _KINDS.get(unicodedata.category(char), BREAK)
    if char in _VANISH or _within(code, _POINTS):
        return VANISH
    return SINGLE if kind == LETTER and _within(code, _SINGLE) else kind


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


ASCII_KINDS = bytes(_kind(chr(code)) if code < 0x80 else BREAK for code in range(256))
"""Kinds of ASCII for `bytes.translate`."""


@dataclass(frozen=True, slots=True, eq=False)
class Letters:
    """Tables over all code points. `slow` marks those whose fold depends on neighbours or is longer than one."""

    fold: Codes
    kind: npt.NDArray[np.uint8]
    slow: npt.NDArray[np.bool_]

    def fill(self, codes: Codes) -> None:
        """Make sure that the tables know these code points above the Basic Multilingual Plane."""
        for code in np.unique(codes).tolist():
            if not self.fold[code]:
                self._learn(code)

    def _learn(self, code: int) -> None:
        """Enter one code point; the order of the questions is that of `letters`."""
        folded = normalize(chr(code))
        kinds = {_kind(char) for char in folded} or {VANISH}
        word = not kinds <= {BREAK, VANISH}
        self.slow[code] = word and len(folded) > 1
        self.kind[code] = kind = LETTER if self.slow[code] else min(kinds)
        self.fold[code] = _fold(folded if len(folded) == 1 else chr(code), kind)


@functools.cache
def letters() -> Letters:
    """The tables, made once in a process."""
    made = Letters(np.zeros(_PLANES, np.uint32), np.zeros(_PLANES, np.uint8), np.zeros(_PLANES, np.bool_))
    chars = [chr(code) for code in range(_BASIC)]
    folded = [normalize(char) for char in chars]
    made.fold[:_BASIC] = [ord(to) if len(to) == 1 else code for code, to in enumerate(folded)]
    wide = np.flatnonzero(made.fold[:_BASIC] >= _BASIC).tolist()
    made.kind[:_BASIC] = [_KINDS.get(unicodedata.category(char), BREAK) for char in chars]
    for first, last in _SINGLE:
        inside = slice(first, last + 1)
        made.kind[inside][made.kind[inside] == LETTER] = SINGLE
    for first, last in _POINTS:
        made.kind[first : last + 1] = VANISH
    made.kind[[ord(char) for char in _VANISH]] = VANISH
    # What folds to another code point is of that one's kind.
    made.kind[:_BASIC] = made.kind[np.minimum(made.fold[:_BASIC], _BASIC - 1)]
    for code in [code for code, to in enumerate(folded) if len(to) != 1]:
        kinds = {int(made.kind[ord(char)]) for char in folded[code]} or {VANISH}
        made.slow[code] = not kinds <= {BREAK, VANISH}
        made.kind[code] = LETTER if made.slow[code] else min(kinds)
    made.fold[made.kind == BREAK] = SPACE
    made.fold[[ord(char) for char in _LINES]] = LINE
    made.fold[0] = 0
    for code in np.flatnonzero(made.kind[:_BASIC] == DIGIT).tolist():
        made.fold[code] = ord("0") + unicodedata.digit(chr(made.fold[code]))
    for code in wide:
        made._learn(code)  # noqa: SLF001
    pairs = [unicodedata.decomposition(char).split() for char in chars]
    made.slow[[int(pair[1], 16) for char, pair in zip(chars, pairs, strict=True) if _composes(char, pair)]] = True
    made.slow[_JAMO[0] : _JAMO[1] + 1] = True
    made.slow[made.kind == VANISH] = False
    return made


def _composes(char: str, pair: list[str]) -> bool:
    return len(pair) == 2 and "<" not in pair[0] and unicodedata.normalize("NFC", char) == char


def _fold(char: str, kind: int) -> int:
    if kind == BREAK:
        return LINE if char in _LINES else SPACE
    return ord("0") + unicodedata.digit(char) if kind == DIGIT else ord(char)
