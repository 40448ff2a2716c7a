"""Cleaners of a user's own, good and bad, for tests of the engine and the build."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from corpusprep.document import Label


def sponsor(context):
    """Claim lines that thank a sponsor."""
    for index, text in enumerate(context.evidence.texts):
        if text.startswith("Brought to you by"):
            yield context.claim(index, Label.PROMO, "sponsor-line", text[:40])


@dataclass(frozen=True)
class Marked:
    """Claim lines that begin with a mark."""

    mark: str

    def __call__(self, context):
        for index, text in enumerate(context.evidence.texts):
            if text.startswith(self.mark):
                yield context.claim(index, Label.NOTICE, "marked")


starred = Marked("***")


def slow(_):
    """Take a twentieth of a second."""
    time.sleep(0.05)
    return ()


def fatal(context):
    """End the process at some documents, and hang at others."""
    text = context.document.text
    if "ENDS THE PROCESS" in text:
        os._exit(9)
    while "NEVER ENDS" in text:
        time.sleep(1)
    return ()


def broken(context):
    """Raise at some documents."""
    if "RAISES" in context.document.text:
        raise ZeroDivisionError("by a cleaner")
    return ()


not_a_cleaner = 7
