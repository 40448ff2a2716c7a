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
    ASCII_TABLE,
    ASCII_VANISH,
    END,
    FINAL,
    HYPHEN,
    LINE,
    SLOW,
    SPACE,
    VANISH,
    fold,
    is_single,
    is_southeast_asian,
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
    room = _Room()
    chunk: list[str] = []
    size = 0
    for text in texts:
        chunk.append(text)
        size += len(text)
        if size >= _CHUNK:
            yield _shingle(chunk, room, lines=lines)
            chunk, size = [], 0
    if chunk:
        yield _shingle(chunk, room, lines=lines)


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
            found = np.empty(max(size, _CHUNK + _CHUNK // 4), kind)
            if size <= _KEPT:
                self._arrays[key] = found
        return found[:size]


def _shingle(texts: list[str], room: _Room, *, lines: bool) -> Shingled:
    codes, raw, folds = _folded(texts, room)
    ends = np.flatnonzero(folds == END)
    if len(ends) != len(texts):  # a text with a NUL in it, which is what parts the texts
        return _shingle([text.replace("\0", " ") for text in texts], room, lines=lines)
    words = np.greater(folds, SPACE, out=room.take("words", np.bool_, len(folds)))
    singles = is_single(folds) if folds.dtype != np.uint8 else None
    first, last = _token_bounds(words, singles, room)
    offsets = np.zeros(len(texts) + 1, np.int64)
    offsets[1:] = np.searchsorted(first, ends)
    tokens = _hash_tokens(folds, first, last, room)
    begin = folds[first]
    numbers = (begin >= ord("0")) & (begin <= ord("9"))
    widths = _widths(begin, None if singles is None else singles[first], offsets)
    shingles, digests = _hash_shingles(tokens, offsets, widths)
    begins, sentences = np.zeros(0, np.int64), np.zeros(0, np.bool_)
    if lines:
        behind = np.searchsorted(first, _line_ends(folds))
        begins, sentences = _lines(codes, _line_ends(raw), behind, len(first))
    return Shingled(offsets, tokens, shingles, digests, widths, numbers, begins, sentences)


def _folded(texts: list[str], room: _Room) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Code points of the texts with a NUL after each; their folds; the folds without what is left out."""
    joined = "\0".join(texts) + "\0"
    if joined.isascii():
        data = joined.encode()
        codes = np.frombuffer(data, np.uint8)
        hyphens = np.flatnonzero(codes == ord("-"))
        if (np.diff(hyphens) == 1).any():
            data = data.replace(b"--", b"  ")
        return codes, codes, np.frombuffer(data.translate(ASCII_TABLE, ASCII_VANISH), np.uint8)
    codes = _code_points(joined)
    raw = fold(codes, normalized=False)
    slow = np.flatnonzero(raw == SLOW)
    if len(slow):
        texts = list(texts)
        for index in np.unique(np.searchsorted(np.flatnonzero(codes == END), slow)).tolist():
            texts[index] = normalize(texts[index]).replace("\0", " ")
        codes = _code_points("\0".join(texts) + "\0")
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


def _token_bounds(words: Flags, singles: Flags | None, room: _Room) -> tuple[Indices, Indices]:
    """Where each token begins, and behind its end."""
    if singles is None:
        change = np.not_equal(words[1:], words[:-1], out=room.take("change", np.bool_, len(words) - 1))
        edges = np.flatnonzero(change) + 1
        if words[0]:
            edges = np.concatenate([np.zeros(1, np.int64), edges])
        return edges[::2], edges[1::2]
    starts = words.copy()
    starts[1:] &= ~words[:-1] | singles[1:] | singles[:-1]
    stops = words.copy()
    stops[:-1] &= ~words[1:] | starts[1:]
    return np.flatnonzero(starts), np.flatnonzero(stops) + 1


def _line_ends(folds: npt.NDArray[Any]) -> Indices:
    """Where a line, or a text, ends."""
    low = np.flatnonzero(folds <= 12)
    values = folds[low]
    ends: Indices = low[(values >= LINE) | (values == END)]
    return ends


def _lines(codes: npt.NDArray[Any], ends: Indices, behind: Indices, count: int) -> tuple[Indices, Flags]:
    """The tokens that begin a line; which of the lines end like a sentence or go on in the next.

    ends: where lines end in the codes; behind: how many tokens stand before each end; count: all tokens.
    """
    last = codes[ends - 1]
    for back in (2, 3):
        last = np.where((last == SPACE) | (last == 0xA0), codes[ends - back], last)
    final = np.isin(last, _FINAL_CODES)
    goes_on = np.zeros(len(ends), np.bool_)
    goes_on[:-1] = (behind[1:] > behind[:-1]) & (codes[ends[:-1]] != END)
    begins = np.concatenate([np.zeros(1, np.int64), behind[:-1][behind[1:] > behind[:-1]]])
    begins = begins[(begins < count) & (np.diff(begins, prepend=-1) > 0)]
    line = np.searchsorted(behind, begins, side="right")
    return begins, (final | goes_on)[line]


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


def _hash_tokens(folds: npt.NDArray[Any], first: Indices, last: Indices, room: _Room) -> Hashes:
    powers, inverse = _power_tables(_LETTER_BASE, len(folds))
    values = np.multiply(folds, powers, out=room.take("values", np.uint64, len(folds)))
    sums = room.take("sums", np.uint64, len(folds) + 1)
    sums[0] = 0
    np.cumsum(values, out=sums[1:])
    tokens: Hashes = sums[last]
    tokens -= sums[first]
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
