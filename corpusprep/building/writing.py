"""The files of a release, written on an engine; one that a killed build had finished is taken over."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpusprep.building.store import digest
from corpusprep.release.parquet import ShardTask, Written, write_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from corpusprep.building.store import Store
    from corpusprep.engine import Engine

__all__ = ["WriteTask", "Writing", "write_file"]

_STAGE = "shards"
_TOLD = ("prints", "digests")
"""What is told of each row of a file."""


@dataclass(frozen=True, slots=True)
class WriteTask:
    """One file of a release, and where finished ones are kept."""

    store: Store
    shard: ShardTask

    @property
    def name(self) -> str:
        """The same in every build that writes the same file."""
        return digest([Path(self.shard.folder).name, self.shard.path, self.shard.known])


@dataclass(frozen=True, slots=True)
class Writing:
    """Shaped like builtin `map`, for `release.write`."""

    store: Store
    engine: Engine

    def __call__(
        self, _: Callable[[ShardTask], Written | None], tasks: Iterable[ShardTask], /
    ) -> Iterator[Written | None]:
        """Write the files. What is told of their rows is mapped, not held: of all files it is much."""
        names: list[str] = []

        def named() -> Iterator[WriteTask]:
            for shard in tasks:
                task = WriteTask(self.store, shard)
                names.append(task.name)
                yield task

        for number, written in enumerate(self.engine(write_file, named())):
            told = {
                kind: np.load(self.store.path(_STAGE, f"{names[number]}.{kind}"), mmap_mode="r")
                for kind in _TOLD
                if written
            }
            yield written and replace(written, **told)


def write_file(task: WriteTask) -> Written | None:
    """`release.write_shard`, once: a second call puts the same file in place. Leaves out what is told of single rows."""
    store, name = task.store, task.name
    target = Path(task.shard.folder, task.shard.path)
    if store.facts(_STAGE, name) is None:
        written = write_shard(task.shard)
        if written is not None:
            store.link(_STAGE, f"{name}.parquet", target)
            for kind in _TOLD:
                store.write_bytes(_STAGE, f"{name}.{kind}", _packed(getattr(written, kind)))
            written = replace(written, prints=np.zeros((0, 2), np.uint64), digests=np.zeros((0, 32), np.uint8))
        store.write_bytes(_STAGE, f"{name}.pickle", pickle.dumps(written))
        store.finish(_STAGE, name, {"path": task.shard.path})
        return written
    known: Written | None = pickle.loads(store.path(_STAGE, f"{name}.pickle").read_bytes())  # noqa: S301  (our own)
    if known is not None and not target.exists():
        store.place(_STAGE, f"{name}.parquet", target)
    return known


def _packed(rows: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, rows)
    return file.getvalue()
