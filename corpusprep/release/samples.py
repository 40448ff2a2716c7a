"""A few pieces of what was removed, for people to judge the rules by."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.document import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Samples"]

_DOCUMENTS = 300  # with the smallest ids, which are hashes: the same ones in any order
_FURNITURE = frozenset(str(label) for label, group in GROUPS.items() if group == "chrome")
_KINDS, _EACH, _LENGTH = 24, 2, 120


class Samples:
    """Collects page furniture from a few documents of `raw`; never comments, bylines or appended stories."""

    def __init__(self) -> None:
        self._rows: pa.Table | None = None

    def update(self, rows: pa.RecordBatch) -> None:
        """Look at rows of `raw`."""
        here = pa.Table.from_batches([rows]).select(["id", "text", "spans"])
        table = here if self._rows is None else pa.concat_tables([self._rows, _first(here)])
        self._rows = _first(table)

    def as_list(self) -> list[dict[str, str]]:
        """{"label", "cleaner", "reason", "text"} of each, the commonest kinds first; the texts shortened to one line."""
        counts: Counter[tuple[str, str, str]] = Counter()
        texts: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
        for kind, text in self._pieces():
            counts[kind] += 1
            if text not in texts[kind] and len(texts[kind]) < _EACH:
                texts[kind].append(text)
        ranked = sorted(counts, key=lambda kind: (-counts[kind], kind))[:_KINDS]
        names = ("label", "cleaner", "reason")
        return [{**dict(zip(names, kind, strict=True)), "text": text} for kind in ranked for text in texts[kind]]

    def _pieces(self) -> Iterator[tuple[tuple[str, str, str], str]]:
        for row in self._rows.to_pylist() if self._rows is not None else ():
            for span in row["spans"] or ():
                if row["text"] and not span["story"] and span["label"] in _FURNITURE:
                    text = " ".join(row["text"][span["start"] : span["end"]][: 4 * _LENGTH].split())
                    if text:
                        short = text if len(text) <= _LENGTH else text[: _LENGTH - 1].rstrip() + "…"
                        yield (span["label"], span["cleaner"], span["reason"]), short


def _first(table: pa.Table) -> pa.Table:
    if table.num_rows <= _DOCUMENTS:
        return table
    return pa.concat_tables([table.take(pc.sort_indices(table["id"])[:_DOCUMENTS])]).combine_chunks()
