"""The edge of a record: the one place where whatever goes wrong with a record becomes a row that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from corpusprep.errors import CorpusprepError, RecordError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Failure", "attempt"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record did not get through: a short code, and what happened."""

    reason: str
    detail: str


def attempt(work: Callable[[], T]) -> T | Failure:
    """Do the work of one record; what it raises becomes a Failure.

    Errors that are no record's fault (a cleaner that breaks its contract, a config that cannot be meant) are raised.
    """
    try:
        return work()
    except RecordError as error:
        return Failure(error.reason, error.what)
    except CorpusprepError:
        raise
    except MemoryError:
        return Failure("out-of-memory", "")
    except RecursionError:
        return Failure("too-deep", "nested too deeply to be read")
    except Exception as error:  # noqa: BLE001  (rule 7 of the house: here, and nowhere else)
        return Failure("internal-error", f"{type(error).__name__}: {error}"[:300])
