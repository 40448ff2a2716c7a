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
import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.deduping.letters import (
    ASCII_TABLE,
    ASCII_VANISH,
    END,
    FINAL,
    HYPHEN,
    LINE,
    SLOW,
    SPACE,
    VANISH,
    find_singles,
    fold,
    is_southeast_asian,
    normalize,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ALGORITHM", "SPELLED", "Shingled", "mix", "shingle"]

ALGORITHM = "corpusprep-1"
"""Name of everything that decides a signature: folds, tokens, widths, hashes, rates. Changed with any of them."""

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CHUNK = 1 << 17  # code points at once: the working set of a chunk stays in the cache
_COMMON = _CHUNK + _CHUNK // 4  # code points of nearly all chunks
_KEPT = 1 << 20
_ROWS = 1024  # texts joined at once
_LETTER_BASE = 0x9E3779B97F4A7C15
_TOKEN_BASE = 0xD1342543DE82EF95
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HIGH, _LOW = np.uint64(32), np.uint64(29)

_FINAL = np.zeros(1 << 16, np.bool_)
_FINAL[[ord(char) for char in FINAL]] = True

_WRAPPED = 8  # lines of a paragraph before one ends with a sentence
_NOTHING, _NUL = pa.scalar(b"", pa.large_binary()), pa.scalar(b"\0", pa.large_binary())

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
    sentences: which of those lines end like a sentence, or go on without a gap to one that does, as wrapped ones do.
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


def shingle(texts: pa.ChunkedArray, *, lines: bool = False) -> Iterator[Shingled]:
    """Shingle texts, some hundred at a time, in order; `lines` asks for line beginnings as well."""
    room = _Room()
    for joined, count in _joined(texts):
        yield _shingle(joined, count, room, lines=lines)


def _joined(texts: pa.ChunkedArray) -> Iterator[tuple[bytes, int]]:
    """Some texts in one piece of UTF-8, a NUL after each, and how many. No Python string is made of each: that costs more."""
    for chunk in texts.chunks:
        for begin in range(0, len(chunk), _ROWS):
            column = chunk.slice(begin, _ROWS).cast(pa.large_binary())
            column = column.fill_null(b"") if column.null_count else column
            offsets, values = _with_nuls(column)
            start = 0
            while start < len(column):
                stop = min(len(column), int(np.searchsorted(offsets, offsets[start] + _CHUNK)))
                piece = values[offsets[start] : offsets[stop]].tobytes()
                if piece.count(0) > stop - start:  # one in a text parts none
                    spaced = _with_nuls(pc.replace_substring(column.slice(start, stop - start), "\0", " "))
                    piece = spaced[1].tobytes()
                yield piece, stop - start
                start = stop


def _with_nuls(column: pa.Array) -> tuple[Indices, memoryview]:
    joined = pc.binary_join_element_wise(column, _NOTHING, _NUL)
    offsets = np.frombuffer(joined.buffers()[1], np.int64, len(joined) + 1)
    return offsets, memoryview(joined.buffers()[2])[: offsets[-1]]


def mix(values: Hashes) -> Hashes:
    """Spread each value's entropy over its 64 bits, in place."""
    values ^= values >> _HIGH
    values *= _MIX
    values ^= values >> _LOW
    return values


class _Room:
    """Arrays that are used again for every chunk: memory that was written before is written several times as fast."""

    def __init__(self) -> None:
        self._arrays: dict[str, npt.NDArray[Any]] = {}

    def take(self, name: str, kind: type[np.generic], size: int) -> npt.NDArray[Any]:
        """Room for so many values, whatever they were."""
        key = f"{name} {np.dtype(kind)}"
        found = self._arrays.get(key)
        if found is None or len(found) < size:
            found = np.empty(max(size, _COMMON), kind)
            if size <= _KEPT:
                self._arrays[key] = found
        return found[:size]


def _shingle(joined: bytes, count: int, room: _Room, *, lines: bool) -> Shingled:
    codes, raw, folds = _folded(joined, room)
    ends = np.flatnonzero(folds == END)
    words = np.greater(folds, SPACE, out=room.take("words", np.bool_, len(folds)))
    singles = find_singles(folds) if folds.dtype != np.uint8 else np.zeros(0, np.int64)
    first = _token_starts(words, singles, room)
    offsets = np.zeros(count + 1, np.int64)
    offsets[1:] = np.searchsorted(first, ends)
    begin = folds[first]
    numbers = (begin >= ord("0")) & (begin <= ord("9"))
    tokens = _hash_tokens(
        np.multiply(folds, words, out=room.take("letters", folds.dtype.type, len(folds))), first, room
    )
    widths = _widths(folds, singles, ends, np.diff(offsets))
    shingles, digests = _hash_shingles(tokens, offsets, widths)
    begins, sentences = np.zeros(0, np.int64), np.zeros(0, np.bool_)
    if lines:
        behind = np.searchsorted(first, _line_ends(folds))
        begins, sentences = _lines(codes, _line_ends(raw), behind, len(first))
    return Shingled(offsets, tokens, shingles, digests, widths, numbers, begins, sentences)


def _folded(joined: bytes, room: _Room) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Code points of the joined texts; their folds; the folds without what is left out."""
    if joined.isascii():
        codes = np.frombuffer(joined, np.uint8)
        hyphens = np.flatnonzero(codes == ord("-"))
        if (np.diff(hyphens) == 1).any():
            joined = joined.replace(b"--", b"  ")
        return codes, codes, np.frombuffer(joined.translate(ASCII_TABLE, ASCII_VANISH), np.uint8)
    text = str(joined, "utf-8", "replace")
    codes = _code_points(text)
    raw = fold(codes, normalized=False)
    slow = np.flatnonzero(raw == SLOW)
    if len(slow):
        texts = text.split("\0")
        for index in np.unique(np.searchsorted(np.flatnonzero(codes == END), slow)).tolist():
            texts[index] = normalize(texts[index]).replace("\0", " ")
        codes = _code_points("\0".join(texts))
        raw = fold(codes, normalized=True)
    hyphens = np.flatnonzero(raw == HYPHEN)
    near = np.diff(hyphens) == 1
    raw[hyphens] = VANISH
    raw[hyphens[:-1][near]] = raw[hyphens[1:][near]] = SPACE  # two hyphens are a dash, which ends a word
    kept = np.not_equal(raw, VANISH, out=room.take("kept", np.bool_, len(raw)))
    return codes, raw, raw[kept]


def _code_points(joined: str) -> npt.NDArray[Any]:
    data = joined.encode("utf-16-le", "surrogatepass")
    if len(data) == 2 * len(joined):
        return np.frombuffer(data, np.dtype("<u2"))
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))


def _token_starts(words: Flags, singles: Indices, room: _Room) -> Indices:
    """Where each token begins. It ends before the next one, but for what is no word."""
    starts = room.take("starts", np.bool_, len(words))
    starts[0] = words[0]
    np.greater(words[1:], words[:-1], out=starts[1:])
    if len(singles):
        starts[singles] = True
        behind = singles + 1  # a text ends with a NUL, so that there is something behind
        starts[behind] = words[behind]
    return np.flatnonzero(starts)


def _line_ends(folds: npt.NDArray[Any]) -> Indices:
    """Where a line, or a text, ends."""
    low = np.flatnonzero(folds <= 12)
    values = folds[low]
    ends: Indices = low[(values >= LINE) | (values == END)]
    return ends


def _lines(codes: npt.NDArray[Any], ends: Indices, behind: Indices, count: int) -> tuple[Indices, Flags]:
    """The tokens that begin a line; which of the lines are part of a sentence (see `_goes_on`).

    ends: where lines end in the codes; behind: how many tokens stand before each end; count: all tokens.
    """
    last = codes[ends - 1]
    for back in (2, 3):
        last = np.where((last == SPACE) | (last == 0xA0), codes[ends - back], last)
    final = _FINAL.take(last, mode="clip")
    ended = _goes_on(final, (behind[1:] > behind[:-1]) & (codes[ends[:-1]] != END))
    begins = np.concatenate([np.zeros(1, np.int64), behind[:-1][behind[1:] > behind[:-1]]])
    begins = begins[(begins < count) & (np.diff(begins, prepend=-1) > 0)]
    line = np.searchsorted(behind, begins, side="right")
    return begins, ended[line]


def _goes_on(final: Flags, next_is_near: Flags) -> Flags:
    """Which lines end like a sentence, or are followed by such a one a few lines on. next_is_near: no gap behind a line."""
    places = np.arange(len(final))
    ends = np.flatnonzero(final)
    gaps = np.append(np.flatnonzero(~next_is_near), len(final))
    if not len(ends):
        return final
    end = ends.take(np.searchsorted(ends, places), mode="clip")
    gap = gaps.take(np.searchsorted(gaps, places), mode="clip")
    result: Flags = final | ((end >= places) & (end <= gap) & (end - places <= _WRAPPED))
    return result


@functools.cache
def _powers(base: int, length: int) -> Hashes:
    powers = np.full(length, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)


def _power_tables(base: int, length: int) -> tuple[Hashes, Hashes]:
    """Powers of a base and of its inverse, modulo 2^64. Those for a text of uncommon length are not kept."""
    make = _powers if length <= _KEPT else _powers.__wrapped__
    size = next((size for size in (_COMMON, _KEPT) if length <= size), length)
    return make(base, size)[:length], make(pow(base, -1, 1 << 64), size)[:length]


def _hash_tokens(letters: npt.NDArray[Any], first: Indices, room: _Room) -> Hashes:
    """The hash of each token. letters: folds, and 0 for all that is no word, which adds nothing to a sum."""
    powers, inverse = _power_tables(_LETTER_BASE, len(letters))
    values = np.multiply(letters, powers, out=room.take("values", np.uint64, len(letters)))
    sums = room.take("sums", np.uint64, len(letters) + 1)
    sums[0] = 0
    np.cumsum(values, out=sums[1:])
    before = np.append(sums[first], sums[-1])
    tokens: Hashes = before[1:] - before[:-1]
    tokens *= inverse[first]
    return mix(tokens)


def _hash_shingles(tokens: Hashes, offsets: Indices, widths: Indices) -> tuple[Hashes, Hashes]:
    """The shingle at each token, and one hash of all tokens of each text."""
    powers, inverse = _power_tables(_TOKEN_BASE, len(tokens) + 1)
    sums = np.zeros(len(tokens) + 1, np.uint64)
    np.cumsum(tokens * powers[:-1], out=sums[1:])
    shingles = np.zeros(len(tokens), np.uint64)
    lengths = np.diff(offsets)
    widest, narrowest = int(widths.max(initial=1)), int(widths.min(initial=1))
    if widest == narrowest:
        runs = sums[widest:] - sums[:-widest]
    else:
        behind = np.repeat(widths, lengths)
        behind += np.arange(len(tokens))
        runs = sums.take(behind, mode="clip")
        runs -= sums[:-1]
    runs *= inverse[: len(runs)]
    shingles[: len(runs)] = mix(runs)
    begins, ends = offsets[:-1], offsets[1:]
    for back in range(1, widest):
        shingles[(ends - back)[(lengths >= back) & (back < widths)]] = 0
    whole = (sums[ends] - sums[begins]) * inverse[begins]
    short = np.flatnonzero((lengths < widths) & (lengths > 0))
    shingles[begins[short]] = mix(whole[short])
    return shingles, whole


def _widths(folds: npt.NDArray[Any], singles: Indices, ends: Indices, lengths: Indices) -> Indices:
    """Tokens in a shingle, per text. singles: places of tokens that are one character; ends: of the texts."""
    widths = np.full(len(ends), _WORDS, np.int64)
    if not len(singles):
        return widths
    sums = np.zeros(len(singles) + 1, np.int64)
    np.cumsum(is_southeast_asian(folds[singles]), out=sums[1:])
    bounds = np.searchsorted(singles, ends)
    counts, spelled = np.diff(bounds, prepend=0), np.diff(sums[bounds], prepend=0)
    # A character is less than a word: three of them weigh as much as one.
    widths[counts > 3 * (lengths - counts)] = _HAN
    widths[(widths == _HAN) & (2 * spelled > counts)] = SPELLED
    return widths
