"""What lies in dist/NAME for the sake of later builds: shown, pruned, cleared."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpusprep.building.fingerprinting import fingerprints
from corpusprep.building.keeping import cache_folders, drop, kept_facts
from corpusprep.building.store import in_use, lock, work_folders
from corpusprep.errors import ReleaseError

if TYPE_CHECKING:
    from corpusprep.config import Config

__all__ = ["cache_status", "clear", "prune"]


def cache_status(home: str | Path, config: Config) -> dict[str, Any]:
    """What earlier builds of dist/NAME kept, and how much of it a build with this config would take over.

    Returns {"kept": [{"path", "documents", "bytes", "in_use", "holds": {"render", "label", "sign": bool}}], newest first,
    "interrupted": [{"path", "bytes", "in_use"}]}; a build takes over the newest only.
    Raises ReleaseError where there is no such folder.
    """
    folder, now = _home(home), asdict(fingerprints(config))
    kept = []
    for path in cache_folders(folder):
        facts = kept_facts(path)
        holds = {name: facts.get("prints", {}).get(name) == value for name, value in now.items()}
        # Cleaning is of documents as they were rendered.
        holds["label"] &= holds["render"]
        kept.append({**_facts(path), "documents": facts.get("documents", 0), "holds": holds})
    return {"kept": kept, "interrupted": [_facts(path) for path in work_folders(folder)]}


def prune(home: str | Path, config: Config) -> int:
    """Delete what no build with this config would take over, and what interrupted builds left; how many bytes that were.

    What a running build uses stays.
    """
    folder = _home(home)
    found = cache_status(folder, config)
    before = _size(found)
    best = found["kept"][0] if found["kept"] else None
    drop(folder, but=Path(best["path"]) if best and best["holds"]["render"] else None)
    _drop_work(folder)
    return before - _size(cache_status(folder, config))


def clear(home: str | Path) -> None:
    """Delete all that was kept for later builds; what a running build uses stays."""
    folder = _home(home)
    drop(folder)
    _drop_work(folder)


def _home(home: str | Path) -> Path:
    if not Path(home).is_dir():
        raise ReleaseError("no such folder", where=str(home), do="give the path of a dataset, such as dist/news")
    return Path(home)


def _facts(path: Path) -> dict[str, Any]:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return {"path": str(path), "bytes": size, "in_use": in_use(path)}


def _size(found: dict[str, Any]) -> int:
    return sum(one["bytes"] for group in found.values() for one in group)


def _drop_work(home: Path) -> None:
    for path in work_folders(home):
        handle = lock(path)
        if handle is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(handle)
    if (home / ".work").is_dir() and not any((home / ".work").iterdir()):
        (home / ".work").rmdir()
