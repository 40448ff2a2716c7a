"""Shingles of the candidate documents: their texts are fetched once, a few at a time, and only hashes are kept."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from corpusprep.deduping.keyset import first_of_each, keyed
from corpusprep.deduping.ragged import Ragged
from corpusprep.deduping.shingles import shingle
from corpusprep.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

    from corpusprep.deduping.documents import Documents
    from corpusprep.deduping.shingles import Shingled

__all__ = ["Fetch", "Texts", "load"]

Hashes = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

Fetch = Callable[[Sequence[str]], "pa.Table"]
"""Gives a table with the columns id and text of the documents asked for, in any order."""

_AT_ONCE = 1_500_000  # tokens of the texts fetched at once
_IN_MEMORY = 50_000_000  # tokens whose shingles are held in memory; more go to a temporary file


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Shingles of some documents, one row each.

    row: of each document of the corpus, -1 for those not here. offsets: row i has the tokens offsets[i] to offsets[i + 1].
    shingles: of the run of `widths[i]` tokens that begins at each token, 0 where none begins. distinct: those that stand for
    the first time in their text. ends: line ends before each token.
    """

    row: Indices
    offsets: Indices
    widths: Indices
    shingles: Hashes
    distinct: Flags
    ends: npt.NDArray[np.int32]

    @property
    def rows(self) -> Ragged:
        """The shingles by row."""
        return Ragged(self.offsets, self.shingles)

    @property
    def n_tokens(self) -> Indices:
        """Tokens of each text."""
        return np.diff(self.offsets)

    @property
    def n_distinct(self) -> Indices:
        """Distinct shingles of each text."""
        if not len(self.distinct):
            return np.zeros(len(self.widths), np.int64)
        # reduceat gives an element for an empty row.
        sums = np.add.reduceat(self.distinct, np.minimum(self.offsets[:-1], len(self.distinct) - 1), dtype=np.int64)
        return np.where(self.n_tokens > 0, sums, 0)


def load(documents: Documents, wanted: Flags, fetch: Fetch) -> Texts:
    """Fetch and shingle the wanted documents, in the order in which their signatures came.

    Raises InputError where `fetch` leaves out a document, or gives another text than the one that was signed.
    """
    numbers = documents.arrival[wanted[documents.arrival]]
    offsets = np.zeros(len(numbers) + 1, np.int64)
    np.cumsum(documents.n_tokens[numbers], out=offsets[1:])
    row = np.full(len(documents), -1, np.int64)
    row[numbers] = np.arange(len(numbers))
    size = int(offsets[-1])
    texts = Texts(
        row,
        offsets,
        documents.table.column("width").to_numpy()[numbers].astype(np.int64),
        _room(size, np.uint64),
        _room(size, np.bool_),
        _room(size, np.int32),
    )
    for first, behind in _batches(offsets):
        at = first
        for part in _fetched(documents.ids(numbers[first:behind]), fetch):
            _check(part, texts, at)
            inside = slice(int(offsets[at]), int(offsets[at + len(part)]))
            owners = np.repeat(np.arange(len(part)), part.n_tokens)
            texts.shingles[inside] = part.shingles
            texts.distinct[inside] = first_of_each(keyed(part.shingles, owners)) & (part.shingles != 0)
            texts.ends[inside] = part.ends
            at += len(part)
    return texts


def _batches(offsets: Indices) -> Iterator[tuple[int, int]]:
    first = 0
    while first < len(offsets) - 1:
        behind = int(np.searchsorted(offsets, offsets[first] + _AT_ONCE, side="right")) - 1
        yield first, max(behind, first + 1)
        first = max(behind, first + 1)


def _room(size: int, kind: Any) -> npt.NDArray[Any]:
    if size <= _IN_MEMORY:
        return np.zeros(size, kind)
    with tempfile.TemporaryFile() as file:  # the mapping keeps it until the array is gone
        return np.memmap(file, kind, "w+", shape=(size,))


def _fetched(wanted: list[str], fetch: Fetch) -> Any:
    table = fetch(wanted)
    row_of = {key: row for row, key in enumerate(table.column("id").to_pylist())}
    missing = next((key for key in wanted if key not in row_of), None)
    if missing is not None:
        raise InputError(
            f"no text came for the id {missing!r}", where="match", do="let fetch give all that are asked for"
        )
    texts = table.column("text").take([row_of[key] for key in wanted])
    return shingle((text or "" for text in texts.to_pylist()), lines=True)


def _check(part: Shingled, texts: Texts, at: int) -> None:
    if (part.n_tokens != texts.n_tokens[at : at + len(part)]).any():
        raise InputError(
            "a text differs from the one that was signed", where="match", do="sign the texts that fetch gives"
        )
