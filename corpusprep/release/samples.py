"""A few pieces of what was removed, for people to judge the rules by."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.document import GROUPS
from corpusprep.release.schemas import RAW

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Samples"]

_DOCUMENTS = 300  # with the smallest ids, which are hashes: the same ones in any order
_FURNITURE = frozenset(str(label) for label, group in GROUPS.items() if group == "chrome")
_KIND = ("label", "cleaner", "reason")
_KINDS, _EACH, _LENGTH = 24, 2, 120


_NONE = RAW.empty_table()


class Samples:
    """Collects page furniture from a few documents of `raw`; never comments, bylines or appended stories."""

    def __init__(self) -> None:
        self._rows: pa.Table | None = None

    def update(self, rows: pa.RecordBatch) -> None:
        """Look at rows of `raw`."""
        here = pa.Table.from_batches([rows]).select(["id", "text", "spans"])
        if self._rows is not None and self._rows.num_rows == _DOCUMENTS:
            here = here.filter(pc.less(here["id"], pc.max(self._rows["id"])))
        if here.num_rows:
            table = _first(here)
            self._rows = _first(table if self._rows is None else pa.concat_tables([self._rows, table]))

    def as_list(self) -> list[dict[str, str]]:
        """{"label", "cleaner", "reason", "text"} of each, the commonest kinds first; the texts shortened to one line."""
        spans = self._spans()
        counts = Counter(zip(*(spans[name].to_pylist() for name in _KIND), strict=True))
        ranked = sorted(counts, key=lambda kind: (-counts[kind], kind))[:_KINDS]
        found: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for kind in ranked:
            for text in self._pieces(spans, kind):
                if text not in found[kind]:
                    found[kind].append(text)
                if len(found[kind]) == _EACH:
                    break
        return [{**dict(zip(_KIND, kind, strict=True)), "text": text} for kind in ranked for text in found[kind]]

    def _spans(self) -> pa.Table:
        """The spans of page furniture, each with the row of its document."""
        rows = self._rows.filter(pc.is_valid(self._rows["text"])) if self._rows is not None else _NONE
        lists = rows["spans"].combine_chunks()
        flat = pc.list_flatten(lists)
        table = pa.table({name: pc.struct_field(flat, name) for name in (*_KIND, "story", "start", "end")})
        table = table.append_column("row", pc.list_parent_indices(lists))
        furniture = pc.is_in(table["label"], pa.array(sorted(_FURNITURE)))
        return table.filter(pc.and_(furniture, pc.equal(table["story"], 0)))

    def _pieces(self, spans: pa.Table, kind: tuple[str, ...]) -> Iterator[str]:
        """The texts of one kind, in the order of the documents."""
        texts = self._rows.filter(pc.is_valid(self._rows["text"]))["text"] if self._rows is not None else []
        same = [pc.equal(spans[name], value) for name, value in zip(_KIND, kind, strict=True)]
        own = spans.filter(functools.reduce(pc.and_, same))
        for row, start, end in zip(*(own[name].to_pylist() for name in ("row", "start", "end")), strict=True):
            text = " ".join(texts[row].as_py()[start:end][: 4 * _LENGTH].split())
            if text:
                yield text if len(text) <= _LENGTH else text[: _LENGTH - 1].rstrip() + "…"


def _first(table: pa.Table) -> pa.Table:
    if table.num_rows <= _DOCUMENTS:
        return table
    return pa.concat_tables([table.take(pc.sort_indices(table["id"])[:_DOCUMENTS])]).combine_chunks()
