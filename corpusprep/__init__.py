"""corpusprep: raw scraped news documents in, a clean, deduplicated, versioned dataset out.

The functions are looked up when they are first used, so that importing this package loads none of the libraries below it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from corpusprep.config import Config
from corpusprep.document import Article, Block, Claim, Cleaned, Document, Label, Language, Rejected, Span, Story
from corpusprep.errors import CorpusprepError, InputError, RecordError

if TYPE_CHECKING:
    from corpusprep.building import build
    from corpusprep.cleaners.context import Cleaner, Context
    from corpusprep.deduping import Duplicate, dedupe
    from corpusprep.evaluation import evaluate
    from corpusprep.language import identify
    from corpusprep.library import clean, clean_batch, clean_many
    from corpusprep.release import Release, restore, verify

__all__ = [
    "Article",
    "Block",
    "Claim",
    "Cleaned",
    "Cleaner",
    "Config",
    "Context",
    "CorpusprepError",
    "Document",
    "Duplicate",
    "InputError",
    "Label",
    "Language",
    "RecordError",
    "Rejected",
    "Release",
    "Span",
    "Story",
    "build",
    "clean",
    "clean_batch",
    "clean_many",
    "dedupe",
    "evaluate",
    "identify",
    "restore",
    "verify",
]

_HOMES = {
    "Cleaner": "cleaners.context",
    "Context": "cleaners.context",
    "Duplicate": "deduping",
    "Release": "release",
    "build": "building",
    "clean": "library",
    "clean_batch": "library",
    "clean_many": "library",
    "dedupe": "deduping",
    "evaluate": "evaluation",
    "identify": "language",
    "restore": "release",
    "verify": "release",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
