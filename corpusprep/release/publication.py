"""Staging, publishing, and what stands beside the versions in dist/NAME.

A release is made in a hidden folder beside its place and gets there by one rename, so it is whole or not there. What stands
beside the versions (index card, `latest`, diffs, change log) follows from them and is made anew whenever it lags behind.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from corpusprep.errors import ReleaseError, VersionError
from corpusprep.release import manifest as manifests
from corpusprep.release.card import index_card
from corpusprep.release.chronicle import changelog, missing_diffs
from corpusprep.release.versions import AUTO, Release, check_name, disk_errors, latest, parse, published

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.release.diffing import Diff

try:
    import fcntl
except ImportError:  # no such locks on Windows: two publishers at once are then held apart by the rename alone
    fcntl = None  # type: ignore[assignment]

__all__ = ["check_version", "publish", "settle", "stage"]

_STAGING = ".staging-"
_SPARE = ".new-"  # one publisher at a time holds the lock, so one name will do


def check_version(dist: str | Path, name: str, version: str) -> None:
    """Raise VersionError unless `version` can be the next of this dataset: X.Y.Z, not there yet, above the latest; or "auto".

    To be called before any work. Raises ReleaseError for a name that cannot name a dataset.
    """
    check_name(name)
    if version == AUTO:
        return
    number, home = parse(version), Path(dist) / name
    versions = published(home)
    if os.path.lexists(home / version):
        raise VersionError(
            f"version {version} exists already", where=str(home / version), do=_next(versions or [version])
        )
    if versions and number < parse(versions[-1]):
        raise VersionError(f"version {version} is lower than {versions[-1]}", where=str(home), do=_next(versions))


def _next(versions: list[str]) -> str:
    major, minor, patch = parse(versions[-1])
    return f"choose {major}.{minor}.{patch + 1}, {major}.{minor + 1}.0 or {major + 1}.0.0"


@contextlib.contextmanager
def stage(dist: str | Path, name: str) -> Iterator[Path]:
    """An empty folder on the right file system to write a release into; what is left of it at the end is removed.

    Folders that killed builds left behind are removed too; those of builds still running are held by a lock.
    """
    check_name(name)
    home = Path(dist) / name
    with disk_errors(home):
        folder, handle = _new_staging(home)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)
        with contextlib.suppress(OSError):
            home.rmdir()  # succeeds only where nothing was ever published


def _new_staging(home: Path) -> tuple[Path, int]:
    while True:
        home.mkdir(parents=True, exist_ok=True)
        try:
            with _locked(home):
                _sweep(home)
                folder = Path(tempfile.mkdtemp(prefix=_STAGING, dir=home))
                handle = os.open(folder, os.O_RDONLY)
                _lock(handle, wait=True)
                return folder, handle
        except FileNotFoundError:  # another builder gave up just now and took the empty folder away
            continue


def publish(staging: str | Path, dist: str | Path, name: str, version: str, told: Diff | None = None) -> Release:
    """Make a written release visible as dist/NAME/VERSION, all at once, and point `latest` and the index card to the highest.

    told: what changed since the release before, where that was found out already (`Draft.diff`).
    Raises VersionError as `check_version` does, also when another publisher was faster; ReleaseError where the staging
    folder is on another file system. The staging folder is used up.
    """
    staging, home = Path(staging), Path(dist) / name
    facts = manifests.read(staging)
    if (facts["name"], facts["version"]) != (name, version):
        raise ReleaseError(f"this is {facts['name']} {facts['version']}, not {name} {version}", where=str(staging))
    home.mkdir(parents=True, exist_ok=True)
    with _locked(home):
        check_version(dist, name, version)
        staging.chmod(0o777 & ~_umask())  # mkdtemp lets nobody else read
        with disk_errors(home):
            _sync(staging)
        try:
            staging.rename(home / version)
        except OSError as error:
            raise _refusal(error, staging, home / version) from None
        _sync_folder(home)
        with disk_errors(home, f"{version} is published; the next build makes up for what stands beside it"):
            _settle(home, told)
    return Release(name, version, home / version, facts["counts"])


def settle(dist: str | Path, name: str) -> None:
    """Make index card, `latest`, diffs and CHANGELOG.md anew where a publisher was killed before it could."""
    home = Path(dist) / name
    if published(home):
        with _locked(home), disk_errors(home):
            _settle(home)


def _settle(home: Path, told: Diff | None = None) -> None:
    newest = latest(home)
    if newest is None:
        return
    _replace(home / "README.md", index_card(newest))
    _point(home / "latest", newest.name)
    for file, found in missing_diffs(home, told):
        (home / "diffs").mkdir(exist_ok=True)
        _replace(home / "diffs" / file, json.dumps(found.as_json(), ensure_ascii=False, indent=1) + "\n")
    _replace(home / "CHANGELOG.md", changelog(home))
    _sync_folder(home)


def _point(link: Path, target: str) -> None:
    if link.is_symlink() and link.readlink() == Path(target):
        return
    spare = link.with_name(_SPARE + link.name)
    spare.unlink(missing_ok=True)
    try:
        spare.symlink_to(target)
    except OSError:  # a file system without symbolic links
        _replace(link, target + "\n")
    else:
        spare.replace(link)


def _refusal(error: OSError, staging: Path, target: Path) -> ReleaseError:
    if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
        return VersionError(f"version {target.name} exists already", where=str(target), do="choose a higher one")
    if error.errno == errno.EXDEV:
        do = "stage the release with release.stage(dist, name)"
        return ReleaseError(f"{staging} is on another file system", where=str(target), do=do)
    return ReleaseError(f"cannot be published ({error.strerror})", where=str(target))


def _replace(path: Path, text: str) -> None:
    """Write a file in one step: readers see the old text or the new one."""
    if path.is_file() and path.read_bytes() == text.encode():
        return
    spare = path.with_name(_SPARE + path.name)
    with spare.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    spare.replace(path)


def _sync(folder: Path) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        else:
            _sync_folder(path)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(home: Path) -> None:
    for folder in home.glob(_STAGING + "*"):
        try:
            handle = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # its own builder was faster
            continue
        try:
            if _lock(handle, wait=False):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, wait=True)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, *, wait: bool) -> bool:
    """Hold an open folder until it is closed or the process ends, however it ends; False where another holds it."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
