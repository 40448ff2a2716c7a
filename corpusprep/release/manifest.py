"""manifest.json and SHA256SUMS: what a release holds, of what it was made, and how to tell that it is whole."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from typing import TYPE_CHECKING, Any

from corpusprep.errors import ReleaseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = [
    "FORMAT",
    "RULES",
    "SUMS",
    "content_digest",
    "file_sha256",
    "files_below",
    "libraries",
    "measure",
    "read",
    "read_sums",
    "seal",
    "tool_version",
]

FORMAT = 1
"""Of manifest.json and the tables; it grows when their meaning changes."""
RULES = 2
"""Of the way ids are made; it grows when the same records get other ids."""
SUMS = "SHA256SUMS"
_NAME = "manifest.json"
# Those whose version can change what comes out.
_LIBRARIES = (
    "charset-normalizer", "datasets", "fastwarc", "ftfy", "htmldate", "langdetect", "lxml", "numpy", "pyarrow",
    "trafilatura", "zstandard",
)  # fmt: skip


def seal(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write manifest.json, with the size and SHA-256 of every other file, and then SHA256SUMS."""
    files = measure(folder, manifest.get("files", {}))
    text = json.dumps({**manifest, "files": files}, ensure_ascii=False, indent=1)
    (folder / _NAME).write_text(text + "\n", encoding="utf-8", newline="\n")
    sums = {name: facts["sha256"] for name, facts in files.items()} | {_NAME: file_sha256(folder / _NAME)}
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    (folder / SUMS).write_text(lines, encoding="utf-8", newline="\n")


def measure(folder: Path, known: Mapping[str, Any]) -> dict[str, Any]:
    """Size and SHA-256 of every file below a folder but manifest.json and SHA256SUMS; those in `known` are taken from there."""
    return {
        name: known.get(name) or {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
        for name, path in files_below(folder)
        if name not in (_NAME, SUMS)
    }


def read(folder: Path) -> dict[str, Any]:
    """manifest.json of a release; raises ReleaseError where there is none that can be read."""
    path = folder / _NAME
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReleaseError(f"no manifest that can be read ({error})", where=str(path)) from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        do = "read it with the corpusprep that wrote it, or build it again"
        raise ReleaseError(f"not a manifest of format {FORMAT}", where=str(path), do=do)
    return manifest


def read_sums(folder: Path) -> dict[str, str]:
    """SHA256SUMS as file name -> hex digits; raises ReleaseError where it is missing or no such list."""
    path = folder / SUMS
    try:
        pairs = [line.split("  ", 1) for line in path.read_text(encoding="utf-8").splitlines()]
        return {name: digest for digest, name in pairs}
    except (OSError, ValueError) as error:
        raise ReleaseError(f"no checksums that can be read ({error})", where=str(path)) from None


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each file below a folder with its name relative to it, with slashes; sorted by name."""
    paths = {
        path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file() or path.is_symlink()
    }
    yield from sorted(paths.items())


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_digest(tables: Mapping[str, Any]) -> str:
    """One digest over the rows of all tables, as manifest.json lists them: of table, split, number of rows and their digest."""
    facts = [
        [table, split, part["rows"], part["digest"]]
        for table, entry in sorted(tables.items())
        for split, part in sorted(entry["splits"].items())
    ]
    return hashlib.sha256(json.dumps(facts, separators=(",", ":")).encode()).hexdigest()


def libraries() -> dict[str, str]:
    """Versions of Python and of the libraries that have a say in the result."""
    versions = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in _LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def tool_version() -> str:
    """The version of corpusprep."""
    try:
        return importlib.metadata.version("corpusprep")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
