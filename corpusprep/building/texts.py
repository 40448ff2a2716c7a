"""Texts of some articles, fetched a row group at a time from what a chunk committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["take_texts"]


def take_texts(path: Path, rows: NDArray[np.int64]) -> pa.Table:
    """Id and text of some rows, in ascending order."""
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)]
        starts = np.cumsum([0, *sizes])
        groups = np.searchsorted(starts, rows, side="right") - 1
        return pa.concat_tables(
            [
                file.read_row_group(group, columns=["id", "text"]).take(pa.array(rows[groups == group] - starts[group]))
                for group in np.unique(groups).tolist()
            ]
        )
