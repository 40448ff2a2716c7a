"""What is told of the versions beside them: dist/NAME/diffs/A..B.json and CHANGELOG.md."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

from corpusprep.errors import ReleaseError
from corpusprep.release import manifest as manifests
from corpusprep.release.diffing import Diff, diff
from corpusprep.release.versions import parse, published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["changelog", "missing_diffs", "summary"]

_SECTION = re.compile(r"^## ([0-9]+\.[0-9]+\.[0-9]+)$", re.MULTILINE)


def missing_diffs(home: Path, told: Diff | None = None) -> Iterator[tuple[str, Diff]]:
    """The name and content of each file that dist/NAME/diffs should have and has not.

    One for each version that has another before it; a version that cannot be read any more gets none. told: one that is known.
    """
    versions = published(home)
    for before, after in itertools.pairwise(versions):
        if any((home / "diffs").glob(f"*..{after}.json")):
            continue
        if told and (told.before, told.after) == (before, after):
            yield f"{before}..{after}.json", told
        else:
            try:
                yield f"{before}..{after}.json", diff(home / before, home / after)
            except (ReleaseError, OSError, ValueError):
                continue


def changelog(home: Path) -> str:
    """CHANGELOG.md of dist/NAME with a section for every version, newest first.

    Sections that are there stay as they are: what was written by hand, and what is told of versions deleted since.
    """
    path = home / "CHANGELOG.md"
    old = path.read_text(encoding="utf-8") if path.is_file() else f"# Changelog of {home.name}\n"
    head, *rest = _SECTION.split(old)
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    for version in published(home):
        if version not in sections:
            sections[version] = f"\n\n{_section(home, version)}\n"
    newest_first = sorted(sections, key=parse, reverse=True)
    told = "".join(f"## {version}\n\n{sections[version].strip()}\n\n" for version in newest_first)
    return f"{head.rstrip()}\n\n{told.rstrip()}\n"


def _section(home: Path, version: str) -> str:
    for path in sorted((home / "diffs").glob(f"*..{version}.json")):
        return summary(json.loads(path.read_text(encoding="utf-8")))
    try:
        counts = manifests.read(home / version)["counts"]
    except ReleaseError:
        return "No account of it is left."
    return f"{counts['articles'] + counts['recovered']:,} articles of {counts['records']:,} records."


def summary(facts: dict[str, Any]) -> str:
    """A Diff, as `Diff.as_json` gives it, in Markdown for people."""
    lines = [f"{facts['step']}: {facts['why']}, compared with {facts['before']}.".capitalize(), ""]
    names = ("before", "added", "moved in", "moved out", "removed", "after", "changed", "unchanged")
    lines += ["| table | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    lines += [
        f"| {table} | " + " | ".join(f"{book[name]:,}" for name in names) + " |"
        for table, book in facts["books"].items()
    ]
    if facts["causes"]:
        lines.append("")
    for kind, causes in facts["causes"].items():
        told = ", ".join(f"{cause} {count:,}" for cause, count in causes.items())
        lines.append(f"- {kind}: {told}")
    if facts["columns"]:
        lines.append(f"- columns: {', '.join(facts['columns'])}")
    if crossed := sum("split" in change for change in facts["changes"].get("changed", ())):
        lines.append(f"- {crossed:,} rows changed their split, because clusters merged or parted")
    if facts["unguarded"]:
        count = len(facts["unguarded"])
        lines.append(
            f"- {count:,} copies of withdrawn articles are articles now; withdraw them too if they should go: see `unguarded`"
        )
    return "\n".join(lines)
