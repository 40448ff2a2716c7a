"""From files to records."""

from __future__ import annotations

from corpusprep.sources.planning import plan
from corpusprep.sources.reading import read
from corpusprep.sources.records import Part, Record

__all__ = ["Part", "Record", "plan", "read"]
