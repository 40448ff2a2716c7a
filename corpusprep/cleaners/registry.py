"""Cleaners found by name."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

from corpusprep.errors import CleanerError

if TYPE_CHECKING:
    from corpusprep.cleaners.context import Cleaner
    from corpusprep.config import CleanConfig

__all__ = ["BUILT_IN", "GROUP", "find", "selected"]

GROUP = "corpusprep.cleaners"

BUILT_IN: dict[str, str] = {
    name: f"corpusprep.cleaners.{name}:{name}"
    for name in (
        "own_phrases",
        "template",
        "duplicates",
        "fields",
        "chrome",
        "related",
        "comments",
        "markup",
        "lines",
        "appended",
    )
}
"""The cleaners of this project by name, in the order they are asked."""


@cache
def find(name: str) -> Cleaner:
    """The cleaner of that name: a built-in one, an entry point, or "module:attribute".

    Raises CleanerError when there is none, or when it cannot be called.
    """
    target = BUILT_IN.get(name, name)
    if ":" not in target:
        points = {point.name: point.value for point in entry_points(group=GROUP)}
        if target not in points:
            known = ", ".join(sorted({*BUILT_IN, *points}))
            raise CleanerError(f"no cleaner {name!r}", do=f"name one of {known}, or module:function")
        target = points[target]
    module, _, attribute = target.partition(":")
    try:
        found: object = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise CleanerError(f"cannot load cleaner {name!r} ({error})", do="check the module's name and path") from None
    if not callable(found):
        raise CleanerError(f"cleaner {name!r} cannot be called", do="name a function or an object with __call__")
    return cast("Cleaner", found)


def selected(config: CleanConfig) -> tuple[tuple[str, Cleaner], ...]:
    """The cleaners a config asks for, by name: the built-in ones less those disabled, then the user's."""
    return _selected(config.cleaners, config.disable)


@cache
def _selected(own: tuple[str, ...], disabled: tuple[str, ...]) -> tuple[tuple[str, Cleaner], ...]:
    unknown = [name for name in disabled if name not in BUILT_IN]
    if unknown:
        raise CleanerError(f"clean.disable names {unknown[0]!r}", do=f"choose from {', '.join(BUILT_IN)}")
    names = [name for name in BUILT_IN if name not in disabled]
    return tuple((name, find(name)) for name in (*names, *own))
