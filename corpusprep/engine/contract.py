"""What an engine is, and what a task of its is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar, runtime_checkable

from corpusprep.errors import CorpusprepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["SECONDS", "Engine", "EngineError", "Task"]

T = TypeVar("T")
R = TypeVar("R")

SECONDS = 120.0
"""How long a worker may stay at one record."""


class EngineError(CorpusprepError):
    """A pass failed for a reason that no single record is to blame for."""


class Engine(Protocol):
    """Anything shaped like builtin `map`: calls a function on each item and yields the results in the order of the items."""

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        """Function and items must be importable and picklable; the items may come from a generator, and are not read far ahead."""
        ...


@runtime_checkable
class Task(Protocol):
    """An item of work that can be done without some of its records."""

    def without(self, record: int, reason: str) -> Self:
        """The same task, which rejects that record for that reason: "crashed" or "timeout"."""
        ...
