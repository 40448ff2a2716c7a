"""Fingerprints of what a pass depends on besides its records: code and its data, settings, libraries.

The code is that of the modules a pass reaches by its imports, so a changed cleaner makes documents be cleaned again and not be
rendered again, and a changed card neither.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpusprep.building.store import digest, files_digest
from corpusprep.cleaners.registry import BUILT_IN, selected
from corpusprep.language import check_identifier
from corpusprep.release import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpusprep.config import Config

__all__ = ["Prints", "fingerprints"]

_PACKAGE = "corpusprep"
_HOME = Path(__file__).parents[1]

_NEUTRAL = ("engine", "building.keeping", "building.fingerprinting", "building.store")
"""Modules that change nothing of what comes out."""


@dataclass(frozen=True, slots=True)
class _Pass:
    """What is reached by a pass.

    roots: modules it begins with. without: those that belong to another pass, or name and place what was made. data: folders
    whose other files it reads.
    """

    roots: tuple[str, ...]
    without: tuple[str, ...]
    data: tuple[str, ...]


_RENDER = _Pass(("building.rendering",), (*_NEUTRAL, "articles", "release"), ("render",))
_LABEL = _Pass(("building.labelling", "cleaners.*"), (*_NEUTRAL, "render", "deduping"), ("", "cleaners"))
_SIGN = _Pass(("deduping.signing",), _NEUTRAL, ("deduping",))

_TYPING = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+.*\n|\n)+", re.MULTILINE)
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+corpusprep(?P<base>[.\w]*)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n]*)|import[ \t]+corpusprep(?P<whole>[.\w]*))",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Prints:
    """Fingerprints of rendering, of cleaning (with languages and articles), and of signing."""

    render: str
    label: str
    sign: str


def fingerprints(config: Config) -> Prints:
    """The fingerprints that a build with this config works under."""
    libraries, as_of = manifests.libraries(), config.release.as_of
    own = files_digest(_file_of(cleaner) for name, cleaner in selected(config.clean) if name not in BUILT_IN)
    identifier = check_identifier(config.language.identifier)
    settings = [asdict(config.clean), asdict(config.language), identifier, asdict(config.article), as_of]
    return Prints(
        digest(["render", _code(_RENDER), libraries, as_of]),
        digest(["label", _code(_LABEL), own, libraries, settings]),
        digest(["sign", _code(_SIGN), libraries]),
    )


def _file_of(cleaner: Any) -> Path:
    module = sys.modules[getattr(cleaner, "__module__", None) or type(cleaner).__module__]
    return Path(module.__file__ or "")


@cache
def _code(of: _Pass) -> str:
    total = hashlib.sha256()
    for path in reached(of):
        total.update(f"{path.relative_to(_HOME).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:32]


def reached(of: _Pass) -> list[Path]:
    """The modules that a pass reaches by its imports, and the data it reads."""
    todo = [path for root in of.roots for path in _modules(root)]
    found: set[Path] = set()
    while todo:
        path = todo.pop()
        if path not in found:
            found.add(path)
            todo.extend(one for one in _imports(path) if not _is_below(one, of.without))
    return sorted(found | set(_data(found, of.data)))


def _modules(name: str) -> Iterator[Path]:
    if name.endswith(".*"):
        yield from _HOME.joinpath(*name[:-2].split(".")).glob("*.py")
    else:
        yield from _module(name)


def _module(name: str) -> Iterator[Path]:
    place = _HOME.joinpath(*name.split(".")) if name else _HOME
    for path in (place / "__init__.py", place.with_name(place.name + ".py")):
        if path.is_file() and path != _HOME / "__init__.py":
            yield path


def _imports(path: Path) -> Iterator[Path]:
    """The modules of this package that a file imports when it runs."""
    for match in _IMPORT.finditer(_TYPING.sub("", path.read_text("utf-8"))):
        base = (match["base"] or match["whole"] or "").lstrip(".")
        yield from _module(base)
        for name in re.findall(r"\w+", (match["names"] or "").partition("#")[0]):
            yield from _module(f"{base}.{name}" if base else name)


def _is_below(path: Path, names: tuple[str, ...]) -> bool:
    module = ".".join(path.relative_to(_HOME).with_suffix("").parts)
    return any(module == name or module.startswith(name + ".") for name in names)


def _data(modules: set[Path], folders: tuple[str, ...]) -> Iterator[Path]:
    """Files other than code in folders; of those at the top, which is everybody's, the ones that a module names."""
    texts = "".join(path.read_text("utf-8") for path in modules)
    for folder in folders:
        for path in (_HOME / folder).rglob("*") if folder else _HOME.iterdir():
            ours = path.is_file() and path.suffix not in (".py", ".pyc", ".so")
            if ours and (folder or path.name in texts):
                yield path
