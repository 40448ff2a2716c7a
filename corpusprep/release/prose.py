"""The part of a dataset card that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from corpusprep.release.plots import plots

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["body"]

_MOST = 20  # rows of a table in the card; the manifest has them all

_TABLES = {
    "articles": "one row an article: its text without page furniture, its fields, its cluster of near-copies",
    "raw": "one row a document: its whole text, and the spans that say what became of every character and why",
    "rejected": "one row a record that is no article, with the stage and the reason",
    "duplicates": "one row a copy that left, with the article that was kept instead",
}


def body(manifest: Mapping[str, Any], prefix: str = "") -> str:
    """The text of the card, in Markdown; `prefix` leads from the card to the release ("" or "1.0.0/")."""
    settings = manifest["config"]["release"]
    title = settings["pretty_name"] or manifest["name"]
    parts = [f"# {title} {manifest['version']}", settings["description"].strip()]
    parts += [
        _counts(manifest),
        _loading(manifest),
        _holdings(manifest, prefix),
        _removed(manifest, prefix),
        _making(manifest, prefix),
        _LIMITS,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _counts(manifest: Mapping[str, Any]) -> str:
    counts = manifest["counts"]
    copies = f"{counts['duplicates']:,} were copies of them and {counts['rejected']:,} were no articles."
    lines = [f"{counts['records']:,} records became {counts['articles']:,} articles; {copies}"]
    if counts["recovered"]:
        lines.append(
            f"{counts['recovered']:,} more articles are stories that stood below another on the same page (`parent_id`)."
        )
    if manifest["config"]["release"]["raw_text"] == "none":
        lines.append("This release was built without the removed text: `raw` has the spans, and no text.")
    if "raw" in manifest.get("withheld", ()):
        lines.append("The table `raw`, with the removed text, stayed with the publisher.")
    reasons = manifest["counts_by"].get("rejected", {})
    if withdrawn := sum(count for reason, count in reasons.items() if reason.startswith("withdraw: ")):
        lines.append(
            f"{withdrawn:,} records were withdrawn; they stand in `rejected`, with the reason and without text."
        )
    return " ".join(lines)


def _loading(manifest: Mapping[str, Any]) -> str:
    rows = []
    for name, what in _TABLES.items():
        splits = manifest["tables"][name]["splits"]
        rows.append(
            (f"`{name}`", what, ", ".join(f"{split} {part['rows']:,}" for split, part in splits.items()) or "0")
        )
    return f"## How to load it\n\n{_CODE}\n\n{_table(('table', 'what it holds', 'rows'), rows)}"


def _holdings(manifest: Mapping[str, Any], prefix: str) -> str:
    by = manifest["counts_by"]
    names = [name for name in ("language", "site", "year") if by.get(name)]
    parts = [_ranked((f"articles by {name}", "articles"), by[name], by_name=name == "year") for name in names]
    return (
        "\n\n".join(["## What it holds", *_pictures(manifest, prefix, "years", "languages"), *parts]) if parts else ""
    )


def _removed(manifest: Mapping[str, Any], prefix: str) -> str:
    by = manifest["counts_by"]
    parts = [
        _ranked(("what became of the characters", "characters"), by.get("characters", {})),
        _ranked(("records that are no articles", "records"), by.get("rejected", {})),
        _ranked(("copies that left, by their relation to the kept one", "records"), by.get("relation", {})),
    ]
    told = [part for part in [*_pictures(manifest, prefix, "characters"), *parts, _samples(manifest)] if part]
    return "## What was left out, and why\n\n" + "\n\n".join(told) if told else ""


def _samples(manifest: Mapping[str, Any]) -> str:
    rows = []
    for one in manifest.get("samples", ()):
        text = one["text"].replace("`", "'")
        rows.append((f"`{text}`", f"{one['label']}: {one['reason']} ({one['cleaner']})"))
    return f"{_TOLD}\n\n{_table(('sample', 'label: reason (cleaner)'), rows, last='---')}" if rows else ""


def _pictures(manifest: Mapping[str, Any], prefix: str, *names: str) -> list[str]:
    drawn = plots(manifest)
    return [f"![{name}]({prefix}plots/{name}.svg)" for name in names if f"plots/{name}.svg" in drawn]


def _making(manifest: Mapping[str, Any], prefix: str) -> str:
    return (
        f"## How it was made\n\nWith corpusprep {manifest['tool']['corpusprep']}, which removes page furniture, finds language and "
        "near-copies, and keeps an account of every character. The settings, the inputs with their SHA-256, the versions of the "
        f"libraries and all counts stand in [manifest.json]({prefix}manifest.json). `sha256sum -c SHA256SUMS` checks the files; "
        "`corpusprep verify` checks the rows as well; `corpusprep restore` gives back the text of a document as it was. "
        f"Content digest: `{manifest['digest']}`."
    )


_CODE = """```python
from datasets import load_dataset

articles = load_dataset(PATH)  # this folder, or the repository on the Hub
copies = load_dataset(PATH, "duplicates")
```"""

_TOLD = "Page furniture from documents drawn by chance; comments and bylines are not shown."

_LIMITS = """## Limitations

The rules that part an article from its page err now and then: look at `raw` to see what was decided, and why. A date without a
zone is taken as UTC in `published_at`. Languages are guessed from the text; an unsure guess is `und`. News names living people:
what the articles say of them was not checked, and copyright stays with the publishers unless the licence above says otherwise."""


def _ranked(heads: Sequence[str], counts: Mapping[str, int], *, by_name: bool = False) -> str:
    if not counts:
        return ""
    ranked = sorted(counts.items(), key=lambda one: one if by_name else (-one[1], one[0]))
    rest = ranked[_MOST:]
    rows = [(name, f"{count:,}") for name, count in ranked[:_MOST]]
    if rest:
        rows.append((f"{len(rest):,} others", f"{sum(count for _, count in rest):,}"))
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, last: str = "---:") -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * (len(heads) - 1) + f" {last} |"]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
