"""What a cleaner may read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corpusprep.document import Claim, Document

if TYPE_CHECKING:
    from corpusprep.cleaners.evidence import Evidence
    from corpusprep.config import Config

__all__ = ["Cleaner", "Context", "Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of a document's site, learned from its other documents and frozen.

    name: the site; documents: how many were seen; lines: documents that hold a line, by the line's fingerprint.
    """

    name: str = ""
    documents: int = 0
    lines: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """A document, what was measured on it, and what the cleaners before have said; read-only.

    claims: in the order they were made, each with the name of its cleaner.
    """

    document: Document
    evidence: Evidence
    config: Config
    claims: tuple[tuple[str, Claim], ...] = ()
    site: Site | None = None

    def texts(self) -> tuple[str, ...]:
        """The text of each block."""
        return self.evidence.texts


Cleaner = Callable[[Context], Iterable[Claim]]
