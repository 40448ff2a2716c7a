"""What a release holds, counted while its rows pass by: for the manifest, the card and the plots."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from corpusprep.release.samples import Samples

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Tally"]


class Tally:
    """Counts by table and property.

    articles by language, site and year; characters of every document by what became of them; rejected rows by stage and
    reason; duplicates by relation and method.
    """

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.recovered: Counter[str] = Counter()
        self.samples = Samples()
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def update(self, table: str, rows: pa.RecordBatch) -> None:
        """Count rows of one table."""
        self.rows[table] += rows.num_rows
        if "parent_id" in rows.schema.names:
            parents = rows.column("parent_id").to_pylist()
            self.recovered[table] += sum(1 for parent in parents if parent)
        if table == "articles":
            self._count("language", rows.column("language"))
            self._count("site", rows.column("site"))
            years = (str(day or "")[:4] for day in rows.column("published").to_pylist())
            self._counts["year"].update(year if year.isdecimal() else "unknown" for year in years)
            self._counts["size"]["words"] += pc.sum(rows.column("n_words")).as_py() or 0
            self._counts["size"]["characters"] += pc.sum(rows.column("n_chars")).as_py() or 0
        elif table == "raw":
            self.samples.update(rows)
            self._spans(rows.column("spans"))
        elif table == "rejected":
            pairs = zip(rows.column("stage").to_pylist(), rows.column("reason").to_pylist(), strict=True)
            self._counts["rejected"].update(f"{stage}: {reason}" for stage, reason in pairs)
        elif table == "duplicates":
            self._count("relation", rows.column("relation"))

    def as_mapping(self) -> Mapping[str, Mapping[str, int]]:
        """The counts, each sorted by name, so that equal counts look alike."""
        return {name: dict(sorted(counts.items())) for name, counts in sorted(self._counts.items())}

    def _count(self, name: str, column: pa.Array) -> None:
        self._counts[name].update(value or "unknown" for value in column.to_pylist())

    def _spans(self, column: pa.Array) -> None:
        spans = pc.list_flatten(column)
        if not len(spans):
            return
        table = pa.table(
            {name: pc.struct_field(spans, name) for name in ("start", "end", "label", "story", "cleaner", "reason")}
        )
        table = table.append_column("length", pc.subtract(table["end"], table["start"]))
        appended = pc.greater(table["story"], 0)
        table = table.append_column("what", pc.if_else(appended, "appended", table["label"]))
        for what, total in _sums(table, "what"):
            self._counts["characters"][what] += total
        removed = table.filter(pc.not_equal(table["what"], "body"))
        keys = pc.binary_join_element_wise(removed["what"], removed["cleaner"], removed["reason"], "/")
        for key, total in _sums(removed.append_column("key", keys), "key"):
            self._counts["removed"][key] += total


def _sums(table: pa.Table, key: str) -> list[tuple[str, int]]:
    sums = table.group_by(key).aggregate([("length", "sum")])
    return list(zip(sums[key].to_pylist(), sums["length_sum"].to_pylist(), strict=True))
