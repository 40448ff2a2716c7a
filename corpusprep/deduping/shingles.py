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
    DIGIT,
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

__all__ = ["ALGORITHM", "Shingled", "mix", "shingle"]

ALGORITHM = "corpusprep-1"
"""Name of everything that decides a signature: folds, tokens, widths, hashes, rates. Changed with any of them."""

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CHUNK = 1 << 17  # code points at once: the working set of a chunk stays in the cache
_LETTER_BASE = 0x9E3779B97F4A7C15
_TOKEN_BASE = 0xD1342543DE82EF95
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HIGH, _LOW = np.uint64(32), np.uint64(29)

_WORDS, _HAN, _SOUTHEAST_ASIAN = 5, 6, 12
"""Tokens in a shingle: five words; six characters of Han or kana; twelve of a script that spells, such as Thai."""


@dataclass(frozen=True, slots=True, eq=False)
class Shingled:
    """Tokens and shingles of some texts, in order.

    offsets: text i has the tokens offsets[i] to offsets[i + 1].
    tokens: hash of each token. shingles: hash of the run that begins at each token; the last `width - 1` of a text
    begin none and hold 0, but a text shorter than `width` has one run, itself.
    widths: tokens in a shingle, per text. numbers: which tokens hold a digit.
    ends: line ends before each token, counted from the first of some texts, if they were asked for, else empty.
    """

    offsets: Indices
    tokens: Hashes
    shingles: Hashes
    widths: Indices
    numbers: Flags
    ends: Indices

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
    """Shingle texts, some hundred at a time, in order; `lines` asks for line ends as well."""
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
    folds: npt.NDArray[Any]
    if joined.isascii():
        folds, digits, singles = _fold_ascii(joined), None, None
    else:
        folds, digits, singles = _fold(joined, texts)
    words = folds > SPACE
    starts = np.empty(len(folds), np.bool_)
    starts[0] = words[0]
    np.greater(words[1:], words[:-1], out=starts[1:])
    if singles is not None:
        starts |= singles
        starts[1:] |= singles[:-1] & words[1:]
    first = np.flatnonzero(starts)
    if digits is None:
        digits = (folds >= ord("0")) & (folds <= ord("9"))
    offsets = np.zeros(len(texts) + 1, np.int64)
    offsets[1:] = np.searchsorted(first, np.flatnonzero(folds == 0))
    tokens = _hash_tokens(folds, words, first)
    numbers = np.zeros(len(tokens), np.bool_)
    numbers[np.searchsorted(first, np.flatnonzero(digits), side="right") - 1] = True
    widths = _widths(folds, singles, first, offsets)
    ends = np.zeros(0, np.int64)
    if lines and len(first):
        ends = np.searchsorted(np.flatnonzero(folds == LINE), first)
    return Shingled(offsets, tokens, _hash_shingles(tokens, offsets, widths), widths, numbers, ends)


def _fold_ascii(joined: str) -> npt.NDArray[np.uint8]:
    data = joined.encode()
    if b"--" in data:
        data = data.replace(b"--", b"  ")
    return np.frombuffer(data.translate(ASCII_TABLE, ASCII_VANISH), np.uint8)


def _fold(joined: str, texts: list[str]) -> tuple[npt.NDArray[np.uint32], Flags, Flags | None]:
    """Folds, which of them are digits and which are tokens of their own (None: no one is)."""
    table = letters()
    codes = _codes(joined)
    beyond = _beyond_ascii(codes)
    if table.slow[codes[beyond]].any():
        # Letters that fold together with their neighbours, or to several: the standard library does their texts.
        slow = np.unique(np.searchsorted(np.flatnonzero(codes == 0), beyond[table.slow[codes[beyond]]]))
        folded = list(texts)
        for index in slow.tolist():
            folded[index] = normalize(texts[index]).replace("\0", " ")
        codes = _codes("\0".join(folded) + "\0")
        beyond = _beyond_ascii(codes)
    # Most letters are ASCII in many languages: one byte table for those, and the others put right.
    narrow = codes.astype(np.uint8).tobytes()
    folds = np.frombuffer(narrow.translate(ASCII_TABLE), np.uint8).astype(np.uint32)
    kinds = np.frombuffer(bytearray(narrow.translate(ASCII_KINDS)), np.uint8)
    folds[beyond], kinds[beyond] = table.fold[codes[beyond]], table.kind[codes[beyond]]
    kept = kinds != VANISH
    folds, kinds = folds[kept], kinds[kept]
    singles = kinds == SINGLE
    return folds, kinds == DIGIT, singles if singles.any() else None


def _beyond_ascii(codes: npt.NDArray[np.uint32]) -> Indices:
    beyond = np.flatnonzero(codes >= 0x80)
    found = codes[beyond]
    if len(found) and found.max() >= 0x10000:
        letters().fill(found[found >= 0x10000])
    return beyond


def _codes(joined: str) -> npt.NDArray[np.uint32]:
    if "--" in joined:
        joined = joined.replace("--", "  ")
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))


@functools.cache
def _powers(base: int, length: int) -> Hashes:
    powers = np.full(length, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


def _power_tables(base: int, length: int) -> tuple[Hashes, Hashes]:
    """Powers of a base and of its inverse, modulo 2^64."""
    size = max(_CHUNK, 1 << (length - 1).bit_length()) if length else _CHUNK
    return _powers(base, size)[:length], _powers(pow(base, -1, 1 << 64), size)[:length]


def _hash_tokens(folds: npt.NDArray[np.uint8] | npt.NDArray[np.uint32], words: Flags, first: Indices) -> Hashes:
    if not len(first):
        return np.zeros(0, np.uint64)
    powers, inverse = _power_tables(_LETTER_BASE, len(folds))
    values = np.multiply(folds, powers, dtype=np.uint64)
    values *= words
    sums = np.cumsum(values)
    tokens = np.empty(len(first), np.uint64)
    tokens[:-1] = sums[first[1:] - 1]
    tokens[-1] = sums[-1]
    tokens[1:] -= tokens[:-1].copy()
    tokens[0] -= sums[first[0] - 1] if first[0] else np.uint64(0)
    tokens *= inverse[first]
    return mix(tokens)


def _hash_shingles(tokens: Hashes, offsets: Indices, widths: Indices) -> Hashes:
    powers, inverse = _power_tables(_TOKEN_BASE, len(tokens))
    sums = np.zeros(len(tokens) + 1, np.uint64)
    np.cumsum(tokens * powers, out=sums[1:])
    shingles = np.zeros(len(tokens), np.uint64)
    lengths = np.diff(offsets)
    for width in np.unique(widths).tolist():
        runs = (sums[width:] - sums[:-width]) * inverse[: max(0, len(tokens) + 1 - width)]
        if (widths == width).all():
            shingles[: len(runs)] = mix(runs)
        else:
            mine = np.flatnonzero(np.repeat(widths == width, lengths)[: len(runs)])
            shingles[mine] = mix(runs[mine])
    begins, ends = offsets[:-1], offsets[1:]
    short = np.flatnonzero((lengths < widths) & (lengths > 0))
    for back in range(1, int(widths.max(initial=1))):
        shingles[(ends - back)[(lengths >= back) & (back < widths)]] = 0
    whole = (sums[ends[short]] - sums[begins[short]]) * inverse[begins[short]]
    shingles[begins[short]] = mix(whole)
    return shingles


def _widths(folds: npt.NDArray[Any], singles: Flags | None, first: Indices, offsets: Indices) -> Indices:
    widths = np.full(len(offsets) - 1, _WORDS, np.int64)
    if singles is None:
        return widths
    single = singles[first]
    spelled = single & is_southeast_asian(folds[first])
    counts = np.zeros((2, len(first) + 1), np.int64)
    np.cumsum(single, out=counts[0, 1:])
    np.cumsum(spelled, out=counts[1, 1:])
    singles_of, spelled_of = np.diff(counts[:, offsets], axis=1)
    lengths = np.diff(offsets)
    # A character is less than a word: three of them weigh as much as one.
    widths[singles_of > 3 * (lengths - singles_of)] = _HAN
    widths[(singles_of > 3 * (lengths - singles_of)) & (2 * spelled_of > singles_of)] = _SOUTHEAST_ASIAN
    return widths
