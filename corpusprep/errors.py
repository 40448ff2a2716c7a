"""Errors that say what went wrong, where, and what to do next."""

from __future__ import annotations

__all__ = [
    "CleanerError",
    "ConfigError",
    "CorpusprepError",
    "InputError",
    "RecordError",
    "ReleaseError",
    "VersionError",
]


class CorpusprepError(Exception):
    """Base of every error that corpusprep raises on purpose.

    `what` went wrong, `where` (a path, a key, a line; may be empty) and what to `do` next (may be empty).
    `str()` joins the three into one line, which is all the command line prints.
    """

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(what, where, do)
        self.what, self.where, self.do = what, where, do

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line}; {self.do}" if self.do else line

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword arguments do not survive the default pickling, and errors cross process borders.
        return _rebuild, (type(self), self.what, self.where, self.do)


def _rebuild(kind: type[CorpusprepError], what: str, where: str, do: str) -> CorpusprepError:
    return kind(what, where=where, do=do)


class ConfigError(CorpusprepError):
    """corpusprep.toml, or an option, holds something that cannot be meant."""


class InputError(CorpusprepError):
    """A path given as input is missing, or is of no use as a whole."""


class CleanerError(CorpusprepError):
    """A cleaner cannot be found, or yields what no claim may be."""


class ReleaseError(CorpusprepError):
    """A release cannot be written, read or verified."""


class VersionError(ReleaseError):
    """A version is malformed, exists already, or is lower than the latest."""


class RecordError(CorpusprepError):
    """One record cannot become a document.

    `reason` is the short code that its row in the table `rejected` carries, `what` its detail.
    """

    def __init__(self, reason: str, what: str = "", *, where: str = "", do: str = "") -> None:
        super().__init__(what or reason, where=where, do=do)
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_record, (self.reason, self.what, self.where, self.do)


def _rebuild_record(reason: str, what: str, where: str, do: str) -> RecordError:
    return RecordError(reason, what, where=where, do=do)
