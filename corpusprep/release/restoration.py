"""Give back the text of a document, code point for code point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpusprep.errors import ReleaseError
from corpusprep.release import manifest as manifests
from corpusprep.release.versions import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["look_up", "restore"]


def restore(path: str | Path, id: str) -> str:  # noqa: A002  (the column's own name)
    """The whole text of the document behind `id`: of an article, a copy, a recovered story or a rejected record.

    path: a release, or dist/NAME for its newest. Raises ReleaseError where the id is unknown, or its text is not in the release.
    """
    folder = find(path)
    for table in ("raw", "articles", "duplicates", "rejected"):
        columns = {"raw": ["text"], "rejected": ["stage", "reason"]}.get(table, ["parent_id"])
        row = look_up(folder, table, id, columns)
        if row is None:
            continue
        if table == "raw":
            if row["text"] is None:
                raise ReleaseError("the release withholds its text", where=id, do='build with raw_text = "full"')
            return str(row["text"])
        if table == "rejected":
            raise ReleaseError(f"no document: rejected ({row['stage']}: {row['reason']})", where=id)
        if row["parent_id"]:
            return restore(folder, str(row["parent_id"]))
        raise ReleaseError("its document is not in this release", where=id, do="use a release that has the table raw")
    raise ReleaseError(f"no such id in {folder}", where=id, do="take one from the column `id`")


def look_up(folder: Path, table: str, id: str, columns: list[str]) -> Mapping[str, object] | None:  # noqa: A002
    """These columns of one row, None where the table has no such id."""
    for file in _existing(folder, manifests.read(folder)["tables"][table]["files"]):
        with pq.ParquetFile(file) as parquet:
            for group in range(parquet.num_row_groups):
                at = pc.index(parquet.read_row_group(group, columns=["id"])["id"], id).as_py()
                if at >= 0:
                    row: Mapping[str, object] = (
                        parquet.read_row_group(group, columns=columns).slice(at, 1).to_pylist()[0]
                    )
                    return row
    return None


def _existing(folder: Path, files: Sequence[str]) -> Iterator[Path]:
    # A release that was pushed without `raw` still names its files in the manifest.
    return (folder / file for file in files if (folder / file).is_file())
