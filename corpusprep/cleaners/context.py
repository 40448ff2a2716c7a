"""What a cleaner may read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from corpusprep.document import Claim, Document, Label

if TYPE_CHECKING:
    from corpusprep.cleaners.evidence import Evidence
    from corpusprep.cleaners.matching import Matches
    from corpusprep.cleaners.regions import Regions
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
    phrases: Matches
    regions: Regions
    config: Config
    claims: tuple[tuple[str, Claim], ...] = ()
    site: Site | None = None

    def claim(self, block: int, label: Label, reason: str, evidence: str = "", score: float = 1.0) -> Claim:
        """A claim on the whole of one block, by its index."""
        at = self.document.blocks[block]
        return Claim(at.start, at.end, label, reason, evidence, score)

    def claim_range(
        self, blocks: tuple[int, int], label: Label, reason: str, evidence: str = "", score: float = 1.0
    ) -> Claim:
        """A claim on the blocks from the first index up to, not including, the second."""
        first, end = blocks
        all_blocks = self.document.blocks
        return Claim(all_blocks[first].start, all_blocks[end - 1].end, label, reason, evidence, score)


Cleaner = Callable[[Context], Iterable[Claim]]
