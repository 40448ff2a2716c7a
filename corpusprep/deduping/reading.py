"""Copies and repeated paragraphs of a file, as the command line shows them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpusprep.deduping.files import read_signatures, write_signatures
from corpusprep.deduping.matching import match
from corpusprep.deduping.paragraphs import repeated_paragraphs
from corpusprep.deduping.signing import sign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from corpusprep.config import DedupeConfig
    from corpusprep.deduping.files import Rows

__all__ = ["Copies", "Repeated", "find_copies", "find_repeated"]

_SHOWN = ("id", "relation", "kept_id", "method", "resemblance", "containment", "evidence")


@dataclass(frozen=True, slots=True)
class Copies:
    """n_documents in the file; the rows that leave, for others in it or in an older release (known); and links that stay."""

    n_documents: int
    duplicates: pa.Table
    known: pa.Table
    links: pa.Table

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        tables = {"duplicates": self.duplicates, "known": self.known, "links": self.links}
        rows = {name: table.select(_SHOWN).to_pylist() for name, table in tables.items()}
        return {"documents": self.n_documents, "kept": self.n_kept, **rows}

    @property
    def n_kept(self) -> int:
        """Documents that stay."""
        return self.n_documents - len(self.duplicates) - len(self.known)

    def lines(self) -> Iterator[str]:
        """A line for each copy, and a sum of all."""
        counts: Counter[str] = Counter()
        for table, where in ((self.duplicates, ""), (self.known, " (of the older release)")):
            for row in table.select(_SHOWN).to_pylist():
                relation = row["relation"] + where
                counts[relation] += 1
                yield f"{row['id']}\t{relation}\t{row['kept_id']}\t{row['resemblance']:.2f}\t{row['evidence']}"
        sums = [f"{count} {relation}" for relation, count in sorted(counts.items())]
        contained = sum(row == "contained" for row in self.links.column("relation").to_pylist())
        if contained:
            sums.append(f"{contained} contained in a round-up (kept)")
        yield f"{self.n_documents} documents, {self.n_kept} stay" + (": " + ", ".join(sums) if sums else "")


@dataclass(frozen=True, slots=True)
class Repeated:
    """Paragraphs that sites repeat (see `paragraphs`)."""

    table: pa.Table

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {"paragraphs": self.table.to_pylist()}

    def lines(self) -> Iterator[str]:
        """A line for each paragraph."""
        for row in self.table.to_pylist():
            yield f"{row['site']}\t{row['n_documents']} of {row['site_documents']}\t{row['text']}"


def find_copies(
    rows: Rows,
    config: DedupeConfig,
    *,
    against: Sequence[str] = (),
    signatures: str | None = None,
    out: str | None = None,
) -> Copies:
    """Find the copies in a file.

    against: places of older signatures; signatures: where to write those of this file; out: where to write the rows that
    stay. Raises InputError and ConfigError as `Rows`, `match` and the readers and writers of signatures do.
    """
    signed = [sign(table) for table in rows.tables()]
    if signatures:
        write_signatures(signatures, signed)
    found = match(signed, rows.fetch, config, (table for place in against for table in read_signatures(place)))
    if out:
        gone = [*found.duplicates.column("id").to_pylist(), *found.known.column("id").to_pylist()]
        rows.write_without(gone, out)
    return Copies(len(rows), found.duplicates, found.known, found.links)


def find_repeated(rows: Rows) -> Repeated:
    """Find the paragraphs that sites repeat in a file."""
    return Repeated(repeated_paragraphs(rows.tables))
