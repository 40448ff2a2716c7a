"""One number for all that was found: equal for any order of documents, any number of workers, any run and machine."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpusprep.deduping.matching import Matches


def digest(found: Matches) -> str:
    """SHA-256, shortened, of the rows of all tables."""
    sums = hashlib.sha256()
    for table in (found.duplicates, found.links, found.clusters, found.known):
        for row in table.to_pylist():
            sums.update(json.dumps(row, sort_keys=True).encode())
    return sums.hexdigest()[:16]
