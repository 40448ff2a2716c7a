"""Cut texts into tokens and hash every run of tokens, for many texts at once.

A token is a word, a number, or one character of a script without spaces; its letters are folded (see `letters`).
A shingle is a run of `width` tokens. Hashes are polynomials modulo 2^64 over odd, hard-coded bases, read off running
sums (as Rabin and Karp do for strings) and finished with a multiply-xorshift mix (after Steele, Lea and Flood's
SplitMix). The running sums are what makes it fast: a text is passed over a fixed number of times whatever the width.
Nothing here depends on the hash seed, the machine's byte order aside, or on how texts are put into chunks.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.letters import (
    ASCII_KINDS,
    ASCII_TABLE,
    ASCII_VANISH,
    FINAL,
    LINE,
    SINGLE,
    SPACE,
    VANISH,
    is_southeast_asian,
    letters,
    normalize,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["ALGORITHM", "SPELLED", "Shingled", "mix", "shingle"]

ALGORITHM = "corpusprep-1"
"""Name of everything that decides a signature: folds, tokens, widths, hashes, rates. Changed with any of them."""

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CHUNK = 1 << 17  # code points at once: the working set of a chunk stays in the cache
_KEPT = 1 << 20
_LETTER_BASE = 0x9E3779B97F4A7C15
_TOKEN_BASE = 0xD1342543DE82EF95
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HIGH, _LOW = np.uint64(32), np.uint64(29)

_FINAL_CODES = np.array([ord(char) for char in FINAL], np.uint32)

_WORDS, _HAN, SPELLED = 5, 6, 12
"""Tokens in a shingle: five words; six characters of Han or kana; twelve of a script that spells, such as Thai."""


@dataclass(frozen=True, slots=True, eq=False)
class Shingled:
    """Tokens and shingles of some texts, in order.

    offsets: text i has the tokens offsets[i] to offsets[i + 1].
    tokens: hash of each token. shingles: hash of the run that begins at each token; the last `width - 1` of a text
    begin none and hold 0, but a text shorter than `width` has one run, itself. digests: one hash of all tokens, per text.
    widths: tokens in a shingle, per text. numbers: which tokens begin with a digit.
    lines: the tokens that begin a line, in order, if they were asked for, else none; the first of each text among them.
    sentences: which of those lines end like a sentence, or are followed by a line without a gap, as wrapped ones are.
    """

    offsets: Indices
    tokens: Hashes
    shingles: Hashes
    digests: Hashes
    widths: Indices
    numbers: Flags
    lines: Indices
    sentences: Flags

    def __len__(self) -> int:
        return len(self.widths)

    @property
    def n_tokens(self) -> Indices:
        """Tokens of each text."""
        return np.diff(self.offsets)

    @property
    def n_shingles(self) -> Indices:
        """Shingles of each text, repeated ones counted as often as they stand."""
        tokens = self.n_tokens
        counts: Indices = np.maximum(tokens - self.widths + 1, np.minimum(tokens, 1))
        return counts


def shingle(texts: Iterable[str], *, lines: bool = False) -> Iterator[Shingled]:
    """Shingle texts, some hundred at a time, in order; `lines` asks for line beginnings as well."""
    chunk: list[str] = []
    size = 0
    for text in texts:
        chunk.append(text.replace("\0", " ") if "\0" in text else text)
        size += len(text)
        if size >= _CHUNK:
            yield _shingle(chunk, lines=lines)
            chunk, size = [], 0
    if chunk:
        yield _shingle(chunk, lines=lines)


def mix(values: Hashes) -> Hashes:
    """Spread each value's entropy over its 64 bits, in place."""
    values ^= values >> _HIGH
    values *= _MIX
    values ^= values >> _LOW
    return values


def _shingle(texts: list[str], *, lines: bool) -> Shingled:
    joined = "\0".join(texts) + "\0"
    codes: npt.NDArray[Any]
    folds: npt.NDArray[Any]
    singles: Flags | None = None
    if joined.isascii():
        data = _no_dashes(joined).encode()
        codes = np.frombuffer(data, np.uint8)
        folds = np.frombuffer(data.translate(ASCII_TABLE, ASCII_VANISH), np.uint8)
    else:
        codes = _codes(joined, texts)
        folds, singles = _fold(codes)
    words = folds > SPACE
    starts = np.empty(len(folds), np.bool_)
    starts[0] = words[0]
    np.greater(words[1:], words[:-1], out=starts[1:])
    if singles is not None:
        starts |= singles
        starts[1:] |= singles[:-1] & words[1:]
    first = np.flatnonzero(starts)
    offsets = np.zeros(len(texts) + 1, np.int64)
    offsets[1:] = np.searchsorted(first, np.flatnonzero(folds == 0))
    tokens = _hash_tokens(folds * words, first)
    begin = folds[first]
    numbers = (begin >= ord("0")) & (begin <= ord("9"))
    widths = _widths(begin, None if singles is None else singles[first], offsets)
    shingles, digests = _hash_shingles(tokens, offsets, widths)
    begins, sentences = _lines(codes, folds, first) if lines else (np.zeros(0, np.int64), np.zeros(0, np.bool_))
    return Shingled(offsets, tokens, shingles, digests, widths, numbers, begins, sentences)


def _no_dashes(joined: str) -> str:
    """Two hyphens are a dash, which ends a word; one is left out of it."""
    return joined.replace("--", "  ") if "--" in joined else joined


def _codes(joined: str, texts: list[str]) -> npt.NDArray[np.uint32]:
    """Code points; those of texts with letters that fold together with their neighbours, or to several, are folded."""
    table = letters()
    codes = _utf32(joined)
    beyond = _beyond_ascii(codes)
    slow = table.slow[codes[beyond]]
    if slow.any():
        folded = list(texts)
        for index in np.unique(np.searchsorted(np.flatnonzero(codes == 0), beyond[slow])).tolist():
            folded[index] = normalize(texts[index]).replace("\0", " ")
        codes = _utf32("\0".join(folded) + "\0")
    return codes


def _utf32(joined: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(_no_dashes(joined).encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))


def _fold(codes: npt.NDArray[np.uint32]) -> tuple[npt.NDArray[np.uint32], Flags | None]:
    """Folds, and which of them are tokens of their own (None: no one is)."""
    table, beyond = letters(), _beyond_ascii(codes)
    # Most letters are ASCII in many languages: one byte table for those, and the others put right.
    narrow = codes.astype(np.uint8).tobytes()
    folds = np.frombuffer(narrow.translate(ASCII_TABLE), np.uint8).astype(np.uint32)
    kinds = np.frombuffer(bytearray(narrow.translate(ASCII_KINDS)), np.uint8)
    folds[beyond], kinds[beyond] = table.fold[codes[beyond]], table.kind[codes[beyond]]
    kept = kinds != VANISH
    folds, kinds = folds[kept], kinds[kept]
    singles = kinds == SINGLE
    return folds, singles if singles.any() else None


def _lines(codes: npt.NDArray[Any], folds: npt.NDArray[Any], first: Indices) -> tuple[Indices, Flags]:
    """The tokens that begin a line; which of the lines end like a sentence or go on in the next."""
    raw = np.flatnonzero(_ends_line(codes))
    last = codes[raw - 1]
    for back in (2, 3):
        last = np.where((last == SPACE) | (last == 0xA0), codes[raw - back], last)
    final = np.isin(last, _FINAL_CODES)
    # Folding leaves out some code points, but no line end: their order leads from one to the other.
    behind = np.searchsorted(first, np.flatnonzero((folds == LINE) | (folds == 0)))
    goes_on = np.zeros(len(raw), np.bool_)
    goes_on[:-1] = (behind[1:] > behind[:-1]) & (codes[raw[:-1]] != 0)
    begins = np.unique(np.concatenate([np.zeros(1, np.int64), behind]))
    begins = begins[begins < len(first)]
    end = np.searchsorted(behind, begins, side="right")
    return begins, (final | goes_on)[end]


def _ends_line(codes: npt.NDArray[Any]) -> Flags:
    ends: Flags = codes == 0
    if codes.dtype == np.uint8:
        ends |= (codes >= 10) & (codes <= 12)
    else:
        ends |= letters().fold[codes] == LINE
    return ends


def _beyond_ascii(codes: npt.NDArray[np.uint32]) -> Indices:
    beyond = np.flatnonzero(codes >= 0x80)
    found = codes[beyond]
    if len(found) and found.max() >= 0x10000:
        letters().fill(found[found >= 0x10000])
    return beyond


@functools.cache
def _powers(base: int, length: int) -> Hashes:
    powers = np.full(length, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


def _power_tables(base: int, length: int) -> tuple[Hashes, Hashes]:
    """Powers of a base and of its inverse, modulo 2^64. Those for a text of uncommon length are not kept."""
    make = _powers if length <= _KEPT else _powers.__wrapped__
    size = next((size for size in (_CHUNK, _KEPT) if length <= size), length)
    return make(base, size)[:length], make(pow(base, -1, 1 << 64), size)[:length]


def _hash_tokens(letters_only: npt.NDArray[Any], first: Indices) -> Hashes:
    """Hash the letters from each first one up to the next; what is no letter must be 0."""
    if not len(first):
        return np.zeros(0, np.uint64)
    powers, inverse = _power_tables(_LETTER_BASE, len(letters_only))
    sums = np.cumsum(np.multiply(letters_only, powers, dtype=np.uint64))
    before = sums[first[1:] - 1]
    tokens = np.append(before, sums[-1])
    tokens[1:] -= before
    tokens *= inverse[first]
    return mix(tokens)


def _hash_shingles(tokens: Hashes, offsets: Indices, widths: Indices) -> tuple[Hashes, Hashes]:
    """The shingle at each token, and one hash of all tokens of each text."""
    powers, inverse = _power_tables(_TOKEN_BASE, len(tokens) + 1)
    sums = np.zeros(len(tokens) + 1, np.uint64)
    np.cumsum(tokens * powers[:-1], out=sums[1:])
    shingles = np.zeros(len(tokens), np.uint64)
    lengths = np.diff(offsets)
    found = np.unique(widths).tolist()
    for width in found:
        runs = sums[width:] - sums[:-width]
        runs *= inverse[: len(runs)]
        mix(runs)
        if len(found) == 1:
            shingles[: len(runs)] = runs
        else:
            mine = np.flatnonzero(np.repeat(widths == width, lengths)[: len(runs)])
            shingles[mine] = runs[mine]
    begins, ends = offsets[:-1], offsets[1:]
    for back in range(1, max(found, default=1)):
        shingles[(ends - back)[(lengths >= back) & (back < widths)]] = 0
    whole = (sums[ends] - sums[begins]) * inverse[begins]
    short = np.flatnonzero((lengths < widths) & (lengths > 0))
    shingles[begins[short]] = mix(whole[short])
    return shingles, whole


def _widths(begin: npt.NDArray[Any], single: Flags | None, offsets: Indices) -> Indices:
    """Tokens in a shingle, per text. begin: fold of each token's first letter; single: tokens that are one character."""
    widths = np.full(len(offsets) - 1, _WORDS, np.int64)
    if single is None:
        return widths
    counts = np.zeros((2, len(begin) + 1), np.int64)
    np.cumsum(single, out=counts[0, 1:])
    np.cumsum(single & is_southeast_asian(begin), out=counts[1, 1:])
    singles, spelled = np.diff(counts[:, offsets], axis=1)
    # A character is less than a word: three of them weigh as much as one.
    widths[singles > 3 * (np.diff(offsets) - singles)] = _HAN
    widths[(widths == _HAN) & (2 * spelled > singles)] = SPELLED
    return widths
