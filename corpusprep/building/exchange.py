"""Rows that change places between tasks: each task commits what it has for each of the next, which read what is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, TypeVar

    from numpy.typing import NDArray

    from corpusprep.building.store import Store
    from corpusprep.engine import Engine

    T = TypeVar("T")

__all__ = ["carry_out", "collect", "home", "spread"]

_MIX = np.uint64(0x9E3779B97F4A7C15)


def carry_out(
    store: Store, stage: str, tasks: Mapping[str, T], function: Callable[[T], dict[str, Any]], engine: Engine
) -> list[dict[str, Any]]:
    """The facts of each task, in order; those done by an earlier build are not done again."""
    done = {name: facts for name in tasks if (facts := store.facts(stage, name)) is not None}
    made = engine(function, [task for name, task in tasks.items() if name not in done])
    return [done[name] if name in done else next(iter(made)) for name in tasks]


def home(keys: NDArray[Any], parts: int) -> NDArray[np.int64]:
    """Which of so many parts each key belongs to: always the same one, and about as many keys to each."""
    mixed = keys.astype(np.uint64) * _MIX
    mixed ^= mixed >> np.uint64(32)
    return (mixed * _MIX >> np.uint64(33)).astype(np.int64) % parts


def spread(
    store: Store, stage: str, name: str, columns: Mapping[str, Any] | pa.Table, to: tuple[NDArray[np.int64], int]
) -> None:
    """Commit rows as one file in which each part finds its own; to: the part of each row, and how many parts there are."""
    table = columns if isinstance(columns, pa.Table) else pa.table({key: pa.array(one) for key, one in columns.items()})
    where, count = to
    table = table.take(pa.array(np.argsort(where, kind="stable")))
    ends = np.cumsum(np.bincount(where, minlength=count)).tolist()
    store.write_parts(
        stage, name, [table.slice(start, end - start) for start, end in zip([0, *ends], ends, strict=False)]
    )


def collect(store: Store, stage: str, names: Iterable[str], part: int) -> pa.Table:
    """The rows of one part, of all files in their order."""
    found = []
    for name in names:
        with pa.memory_map(str(store.path(stage, name))) as file:
            found.append(pa.Table.from_batches([pa.ipc.open_file(file).get_batch(part)]))
    return pa.concat_tables(found)
