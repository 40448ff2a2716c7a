"""Which version comes next, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from corpusprep.release.versions import parse

if TYPE_CHECKING:
    from corpusprep.release.diffing import Diff

__all__ = ["FIRST", "choose", "weigh"]

FIRST = "1.0.0"


def choose(diff: Diff) -> tuple[str, str]:
    """The next version after `diff.before`, and the reason in words; the same version and "nothing changed" if so."""
    step, why = weigh(diff)
    major, minor, patch = parse(diff.before)
    steps = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    return ".".join(map(str, steps.get(step, (major, minor, patch)))), why


def weigh(diff: Diff) -> tuple[str, str]:
    """`major`, `minor`, `patch` or `none`, and the reason in words.

    major: what somebody relied on is gone (columns, ids, articles withdrawn or whose raw is gone). minor: articles or columns
    came, or articles went to other tables. patch: the same articles, some of them corrected.
    """
    articles, causes = diff.books["articles"], diff.causes()
    left = causes.get("articles removed", {})
    withdrawn = left.get("withdrawn", 0) + causes.get("articles to rejected", {}).get("withdrawn", 0)
    gone = articles["removed"] - left.get("withdrawn", 0)
    kept = causes.get("articles changed", {})
    corrected = sum(count for cause, count in kept.items() if cause not in ("raw moved", "dedupe"))
    came, moved = articles["added"] + articles["moved in"], articles["moved out"]
    reasons = [
        ("major", diff.rules, "the rule that makes ids changed"),
        ("major", [name for name in diff.columns if name.startswith("-")], "columns went or changed their type"),
        ("major", withdrawn, f"{_many(withdrawn)} withdrawn"),
        ("major", gone, f"{_many(gone)} gone"),
        ("minor", diff.columns, "columns came"),
        ("minor", came, f"{_many(came)} came"),
        ("minor", moved, f"{_many(moved)} left for another table"),
        ("patch", corrected, f"{_many(corrected)} corrected"),
        ("patch", articles["changed"], f"{_many(articles['changed'])} moved in the raw or to another cluster"),
        ("patch", diff.changes, f"{_many(len(diff.changes), 'row')} beside the articles changed"),
        ("patch", diff.settings, "the description changed"),
    ]
    for step, applies, why in reasons:
        if applies:
            return step, why
    return "none", "nothing changed"


def _many(count: int, what: str = "article") -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
