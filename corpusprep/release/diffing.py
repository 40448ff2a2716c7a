"""What changed from one release to another, row by row, and why."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from corpusprep.release import manifest as manifests
from corpusprep.release.causes import Causes
from corpusprep.release.choosing import weigh
from corpusprep.release.restoration import look_up
from corpusprep.release.states import ACCOUNTS, Known, State, changed_columns, read_states
from corpusprep.release.versions import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Change", "Diff", "compare", "diff", "diff_text"]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one id.

    before, after: the table that accounts for it ("articles", "duplicates", "rejected"), "" where there is none.
    cause: one of "new raw", "raw changed", "raw gone", "raw moved", "withdrawn", "cleaner or model version", "config",
    "site template", "dedupe"; two of them joined by " or " where both changed between the releases.
    columns: those that differ, where the id stayed in its table; those of `raw` as "raw.spans".
    other: another id of interest: the article now kept in its place, or the one whose content this was or became.
    split: such as "train -> test" where it changed sides.
    """

    id: str
    before: str
    after: str
    cause: str
    columns: tuple[str, ...] = ()
    other: str = ""
    split: str = ""

    @property
    def kind(self) -> str:
        """`added`, `removed`, `moved` (to another table) or `changed`."""
        if not self.before:
            return "added"
        if not self.after:
            return "removed"
        return "changed" if self.before == self.after else "moved"


@dataclass(frozen=True, slots=True)
class Diff:
    """All changes from one release to a later one.

    books: for each table the rows before, added, moved in, moved out, removed, after (they add up), changed and unchanged.
    columns: those of a table that came or went, as "+articles.topic" or "-articles.topic".
    settings: True where licence, name or description differ. unguarded: copies of withdrawn articles that are articles now.
    """

    name: str
    before: str
    after: str
    books: Mapping[str, Mapping[str, int]]
    changes: tuple[Change, ...] = ()
    columns: tuple[str, ...] = ()
    settings: bool = False
    rules: bool = False
    unguarded: tuple[str, ...] = field(default=())

    def causes(self) -> dict[str, dict[str, int]]:
        """How often each cause made each kind of change, as {"articles added": {"new raw": 3}}."""
        counts: dict[str, Counter[str]] = {}
        for change in self.changes:
            counts.setdefault(_kind(change), Counter())[change.cause] += 1
        return {kind: dict(sorted(counts[kind].items())) for kind in sorted(counts)}

    def as_json(self) -> dict[str, Any]:
        """For json.dump: everything, changes grouped by kind and without empty fields."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for change in self.changes:
            facts = {key: value for key, value in asdict(change).items() if value}
            groups.setdefault(change.kind, []).append(facts)
        step, why = weigh(self)
        return {
            "format": manifests.FORMAT, "name": self.name, "before": self.before, "after": self.after, "step": step, "why": why, "books": self.books,
            "causes": self.causes(), "columns": list(self.columns), "settings": self.settings, "rules": self.rules,
            "unguarded": list(self.unguarded), "changes": groups,
        }  # fmt: skip


def diff(before: str | Path, after: str | Path) -> Diff:
    """Compare two releases, given by their folders.

    Files that are the same in both are passed over. In memory: about 800 bytes for each id of either release.
    Raises ReleaseError where one cannot be read.
    """
    old, new = find(before), find(after)
    return compare(old, new, manifests.read(old), manifests.read(new))


def compare(
    old: Path,
    new: Path,
    was: Mapping[str, Any],
    now: Mapping[str, Any],
    fresh: Mapping[str, frozenset[str]] | None = None,
) -> Diff:
    """Compare two folders with the manifests that describe them; `diff` reads them from there.

    fresh: by table the ids of all new rows that are not among the old ones just as they are, where that is known.
    """
    known = Known(_same_files(was, now), fresh)
    withdraw = now["config"]["withdraw"]
    states = read_states(old, was, known, withdraw), read_states(new, now, known, withdraw)
    causes = Causes(was, now, *states)
    changes = tuple(sorted(_changes(causes), key=lambda one: (_kind(one), one.id)))
    unguarded = tuple(
        one.id
        for one in changes
        if one.before == "duplicates" and one.after == "articles" and causes.kept_was_withdrawn(one.id)
    )
    return Diff(
        name=now["name"],
        before=was["version"],
        after=now["version"],
        books=_books(was, now, changes),
        changes=changes,
        columns=tuple(changed_columns(was, now)),
        settings=_described(was) != _described(now),
        rules=was.get("rules") != now.get("rules"),
        unguarded=unguarded,
    )


def diff_text(before: str | Path, after: str | Path, id: str) -> str:  # noqa: A002  (the column's own name)
    """A unified diff of one article's text; "" where it is the same."""
    old, new = (_text(find(path), id).splitlines(keepends=True) for path in (before, after))
    return "".join(difflib.unified_diff(old, new, f"{before}/{id}", f"{after}/{id}"))


def _text(folder: Path, id: str) -> str:  # noqa: A002
    row = look_up(folder, "articles", id, ["text"])
    return f"{row['text']}\n" if row else ""


def _changes(causes: Causes) -> Iterator[Change]:
    old, new = causes.old, causes.new
    for id_ in old.keys() | new.keys():
        a, b = old.get(id_), new.get(id_)
        if a and b and a.table == b.table:
            columns = _columns(a, b)
            if not columns:
                continue
            split = f"{a.split} -> {b.split}" if a.split != b.split else ""
            yield Change(id_, a.table, b.table, causes.changed(a, b, columns), columns, causes.twin(id_), split)
        else:
            cause, other = causes.moved(id_, a, b)
            yield Change(id_, a.table if a else "", b.table if b else "", cause, other=other)


def _columns(a: State, b: State) -> tuple[str, ...]:
    split = {"split"} if a.split != b.split else set()
    if a.digests == b.digests and a.names == b.names:
        return tuple(split)
    old, new = a.columns, b.columns
    return tuple(sorted({name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} | split))


def _same_files(was: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
    theirs = now.get("files", {})
    return frozenset(
        name for name, facts in was.get("files", {}).items() if theirs.get(name, {}).get("sha256") == facts["sha256"]
    )


def _books(was: Mapping[str, Any], now: Mapping[str, Any], changes: tuple[Change, ...]) -> dict[str, dict[str, int]]:
    kinds = Counter(
        (change.kind, side, table)
        for change in changes
        for side, table in (("out", change.before), ("in", change.after))
    )
    books = {}
    for table in ACCOUNTS:
        before, after = was["tables"][table]["rows"], now["tables"][table]["rows"]
        gone = kinds["removed", "out", table], kinds["moved", "out", table]
        changed = kinds["changed", "in", table]
        books[table] = {
            "before": before, "added": kinds["added", "in", table], "moved in": kinds["moved", "in", table],
            "moved out": gone[1], "removed": gone[0], "after": after, "changed": changed,
            "unchanged": before - sum(gone) - changed,
        }  # fmt: skip
    return books


def _kind(change: Change) -> str:
    if change.kind == "moved":
        return f"{change.before} to {change.after}"
    return f"{change.before or change.after} {change.kind}"


def _described(facts: Mapping[str, Any]) -> list[str]:
    settings = facts["config"]["release"]
    return [settings[key] for key in ("license", "pretty_name", "description")]
