"""Versions X.Y.Z, and where releases stand: dist/NAME/VERSION."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from corpusprep.errors import ReleaseError, VersionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["AUTO", "Release", "check_name", "disk_errors", "find", "latest", "parse", "published"]

AUTO = "auto"
"""In place of a version: the next one is chosen by what changed."""

_VERSION = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")


@dataclass(frozen=True)
class Release:
    """A published release.

    path: its folder; counts: records, articles, recovered, duplicates, rejected (see docs/releases.md).
    """

    name: str
    version: str
    path: Path
    counts: Mapping[str, int] = field(default_factory=dict)


def parse(version: str) -> tuple[int, int, int]:
    """The three numbers of a version; they sort as versions do, 1.9.0 before 1.10.0.

    Raises VersionError for anything that is not three plain numbers (`datasets` reads no other form).
    """
    match = _VERSION.fullmatch(version)
    if match is None:
        raise VersionError(f"{version!r} is not a version", do="write three numbers, such as 1.0.0")
    major, minor, patch = (int(number) for number in match.groups())
    return major, minor, patch


def check_name(name: str) -> None:
    """Raise ReleaseError unless `name` can name a folder and a Hub repository."""
    if not _NAME.fullmatch(name) or "--" in name or ".." in name:
        do = "use up to 96 letters, digits, '-', '_' and '.', such as world-news"
        raise ReleaseError(f"{name!r} cannot name a dataset", do=do)


@contextlib.contextmanager
def disk_errors(
    where: Path, do: str = "make room or look at the permissions, and run the same command again"
) -> Iterator[None]:
    """Turn what a file system says (full, read-only, not permitted) into a ReleaseError."""
    try:
        yield
    except OSError as error:
        raise ReleaseError(f"cannot be written ({error.strerror or error})", where=str(where), do=do) from error


def published(home: Path) -> list[str]:
    """The versions in dist/NAME, lowest first; a folder without a manifest is none."""
    if not home.is_dir():
        return []
    names = (path.name for path in home.iterdir() if (path / "manifest.json").is_file())
    return sorted((name for name in names if _VERSION.fullmatch(name)), key=parse)


def latest(home: Path) -> Path | None:
    """The folder of the highest version in dist/NAME, None where there is none."""
    versions = published(home)
    return home / versions[-1] if versions else None


def find(path: str | Path) -> Path:
    """The folder of one release, from that folder itself or from dist/NAME (its highest version).

    Raises ReleaseError where there is none.
    """
    folder = Path(path)
    if (folder / "manifest.json").is_file():
        return folder
    newest = latest(folder)
    if newest is None:
        what = "no release here" if folder.is_dir() else "no such folder"
        raise ReleaseError(what, where=str(path), do="give the path of a release, such as dist/news/1.0.0")
    return newest
