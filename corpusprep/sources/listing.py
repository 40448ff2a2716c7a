"""What files a path stands for: one, all in a folder, or those that match a glob."""

from __future__ import annotations

import glob
import os
import posixpath
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpusprep.errors import InputError
from corpusprep.sources.streams import is_local

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Listing", "listed"]

_WILD = re.compile(r"[*?[]")


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one path.

    base: the folder they lie in, an absolute path or a URI, with "/" and none at its end.
    folder: whether the folder itself was named, alone or before the wildcards of a glob, and not one file in it.
    sizes: bytes by path or URI; each begins with the base.
    """

    base: str
    folder: bool
    sizes: dict[str, int]


def listed(path: str) -> Listing:
    """List the files of a path, a glob or a URI. Raises InputError where there are none."""
    try:
        listing = _local(path) if is_local(path) else _remote(path)
    except FileNotFoundError:
        raise InputError("no such file or folder", where=path, do="check the path") from None
    except OSError as error:
        raise InputError(
            f"cannot be listed ({error.strerror or error})", where=path, do="check who may read it"
        ) from None
    if not listing.sizes:
        what = "nothing matches" if _WILD.search(path) else "no files in this folder"
        raise InputError(what, where=path, do="files whose names begin with a dot do not count")
    return listing


def _local(path: str) -> Listing:
    full = os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111  (Path would resolve no ".." without links)
    if _WILD.search(path) and not os.path.lexists(full):
        return _globbed(full)
    status = os.stat(full)  # noqa: PTH116
    if stat.S_ISDIR(status.st_mode):
        os.scandir(full).close()  # whoever named this folder wants to know that it cannot be read
        return Listing(_posix(full).rstrip("/"), folder=True, sizes=dict(_walk(full, ())))
    if not stat.S_ISREG(status.st_mode):
        raise InputError("neither a file nor a folder", where=path, do="it is read more than once: write it to a file")
    return Listing(_posix(os.path.dirname(full)).rstrip("/"), folder=False, sizes={_posix(full): status.st_size})  # noqa: PTH120


def _globbed(full: str) -> Listing:
    found: dict[str, int] = {}
    for match in glob.iglob(full, recursive=True):  # noqa: PTH207  (Path.glob takes hidden files along)
        if os.path.isdir(match):  # noqa: PTH112
            found.update(_walk(match, ()))
        else:
            found.update(_size(match))
    fixed = _posix(full)[: _WILD.search(_posix(full)).start()]  # type: ignore[union-attr]
    return Listing(fixed.rpartition("/")[0], folder=True, sizes=found)


def _walk(folder: str, above: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    real = os.path.realpath(folder)
    if real in above:
        return  # a link that leads back to where it lies
    try:
        with os.scandir(folder) as entries:
            inside = sorted(
                (entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name
            )
    except OSError:
        # Listed as if it were a file: reading it will fail, and its rejected row says why.
        yield _posix(folder), 0
        return
    for entry in inside:
        if entry.is_dir():
            yield from _walk(entry.path, (*above, real))
        else:
            yield from _size(entry.path)


def _size(path: str) -> Iterator[tuple[str, int]]:
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        yield _posix(path), 0  # such as a link to nowhere; its rejected row will say so
        return
    # A pipe or a socket holds no records, and would never end.
    if stat.S_ISREG(status.st_mode):
        yield _posix(path), status.st_size


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")


def _remote(uri: str) -> Listing:
    import fsspec  # noqa: PLC0415

    if "::" in uri:
        raise InputError("chained URIs are not read", where=uri, do="unpack it first")
    try:
        system, path = fsspec.core.url_to_fs(uri)
    except (ImportError, ValueError) as error:
        raise InputError(str(error), where=uri, do="install what opens such URIs, or copy the files here") from None
    if "file" in ((system.protocol,) if isinstance(system.protocol, str) else system.protocol):
        return _local(path)
    path = path.rstrip("/")
    if _WILD.search(path) and not system.exists(path):
        fixed = path[: _WILD.search(path).start()].rpartition("/")[0]  # type: ignore[union-attr]
        return _remote_folder(system, fixed, system.glob(path, detail=True))
    if system.isdir(path):
        return _remote_folder(system, path, system.find(path, detail=True))
    size = system.info(path).get("size") or 0
    full = system.unstrip_protocol(path)
    return Listing(posixpath.dirname(full).rstrip("/"), folder=False, sizes={full: size})


def _remote_folder(system: Any, base: str, found: dict[str, dict[str, Any]]) -> Listing:
    inside = dict(found)
    for name, info in found.items():
        if info["type"] == "directory":
            inside.update(system.find(name, detail=True))
    hidden = re.compile(r"(?:^|/)\.")
    sizes = {
        system.unstrip_protocol(name): info.get("size") or 0
        for name, info in sorted(inside.items())
        if info["type"] != "directory" and not hidden.search(name.removeprefix(base))
    }
    return Listing(system.unstrip_protocol(base).rstrip("/"), folder=True, sizes=sizes)
