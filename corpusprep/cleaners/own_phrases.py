"""Phrases that the user names in the config, for all pages or for one site; what holds one is what the user says it is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np

from corpusprep.cleaners import lexicon
from corpusprep.cleaners.matching import build_trie, match
from corpusprep.document import Label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from corpusprep.cleaners.context import Context
    from corpusprep.cleaners.matching import Trie
    from corpusprep.document import Claim

__all__ = ["own_phrases"]

Frozen = tuple[tuple[str, tuple[str, ...]], ...]


def own_phrases(context: Context) -> Iterator[Claim]:
    """Claim every block that holds a phrase of `[clean.phrases]`, or of `[clean.site_phrases."SITE"]` on that site."""
    config = context.config.clean
    if not config.phrases and not config.site_phrases:
        return
    site = context.site.name if context.site else urlsplit(context.document.url).hostname or ""
    for where, phrases in (
        ("clean.phrases", config.phrases),
        (f"clean.site_phrases.{site}", config.site_phrases.get(site)),
    ):
        if phrases:
            trie = _trie(_frozen(phrases), where)
            meanings = match(trie, context.evidence).meanings
            for index in np.flatnonzero(meanings).tolist():
                # Of two labels the one named first in the config.
                bit = (int(meanings[index]) & -int(meanings[index])).bit_length() - 1
                label = Label(trie.names[bit][0])
                yield context.claim(index, label, "own-phrase", f"a phrase of {where}.{label}", 1.0)


def _frozen(phrases: Mapping[str, tuple[str, ...]]) -> Frozen:
    return tuple((label, tuple(each)) for label, each in phrases.items())


@cache
def _trie(phrases: Frozen, where: str) -> Trie:
    return build_trie(lexicon.own_phrases(dict(phrases), where=where))
