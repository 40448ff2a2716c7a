"""The sample corpus in raw/ against its gold in tests/gold/ (tests/gold/README.md tells the formats)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path

import labelled_documents
import pytest
from labelled_documents import LABELS

import corpusprep

GOLD = Path(__file__).parent / "gold"
RAW = GOLD.parents[1] / "raw"
FLOORS = json.loads((GOLD / "floors.json").read_text(encoding="utf-8"))
OUTCOMES = json.loads((GOLD / "outcomes.json").read_text(encoding="utf-8"))
DOCUMENTS = list(labelled_documents.read(GOLD))
PAGES = list(labelled_documents.read_pages(GOLD))

needs_clean = pytest.mark.skipif(not hasattr(corpusprep, "clean"), reason="clean() is yet to come")
needs_build = pytest.mark.skipif(not hasattr(corpusprep, "build"), reason="build() is yet to come")


@pytest.mark.parametrize("labelled", DOCUMENTS, ids=lambda labelled: labelled.name)
def test_each_line_has_one_known_label(labelled):
    lines = labelled.payload.decode("latin-1").split("\n")
    filled = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert [number for number, _ in labelled.labels] == filled
    assert {label for _, label in labelled.labels} <= set(LABELS)
    assert {label for labels in labelled.also.values() for label in labels} <= set(LABELS)


def test_each_raw_file_has_an_outcome():
    files = {path.relative_to(RAW).as_posix() for path in RAW.rglob("*") if path.is_file()}
    assert files == {outcome["source"] for outcome in OUTCOMES}


def judged_lines():
    return {each.name: labelled_documents.judge(each, corpusprep.clean(each.payload)) for each in DOCUMENTS}


def judged_pages():
    return {each.name: labelled_documents.judge_page(each, corpusprep.clean(each.payload)) for each in PAGES}


@needs_clean
@pytest.mark.parametrize(("kind", "judged"), [("lines", judged_lines), ("pages", judged_pages)])
def test_labels_reach_the_floors(kind, judged):
    documents = judged()
    reached = asdict(
        labelled_documents.figures([labelled_documents.Judged(name, tuple(lines)) for name, lines in documents.items()])
    )
    wrong = "\n".join(f"{name}, {line}" for name, lines in documents.items() for line in lines if line.wrong)
    for name, floor in FLOORS[kind].items():
        assert reached[name] >= floor, f"{name}: {reached[name]:.4f} of {floor}\n{wrong}"


@needs_clean
def test_metadata_of_pages_reaches_its_floor():
    right, wrong = 0, []
    for page in PAGES:
        cleaned = corpusprep.clean(page.payload)
        for field, want in page.metadata.items():
            got = getattr(cleaned, field)
            if same_field(field, want, got):
                right += 1
            else:
                wrong.append(f"{page.name}, {field}: gold {want!r}, got {got!r}")
    assert right / (right + len(wrong)) >= FLOORS["metadata"], "\n".join(wrong)


def same_field(field, want, got):
    """Dates to the precision gold gives, names whatever their case."""
    if field == "authors":
        return [name.casefold() for name in got] == [name.casefold() for name in want]
    if field in {"published", "updated"}:
        return got[: len(want)] == want if want else not got
    return got == want


@needs_build
def test_records_become_what_gold_says(tmp_path):
    pq = pytest.importorskip("pyarrow.parquet")
    corpusprep.build([RAW], tmp_path, name="sample", version="1.0.0")
    release = tmp_path / "sample" / "1.0.0" / "data"
    tables = defaultdict(list)
    for name in ("articles", "rejected", "duplicates"):
        for path in sorted((release / name).rglob("*.parquet")):
            tables[name] += pq.read_table(path).to_pylist()
    rows = {
        (row["source"], row["source_id"] or ""): (name, row)
        for name in ("articles", "rejected", "duplicates")
        for row in tables[name]
    }
    wrong, clusters = [], defaultdict(Counter)
    for outcome in OUTCOMES:
        name, row = rows.get((outcome["source"], outcome.get("source_id", "")), ("nothing", {}))
        if cluster := outcome.get("cluster"):
            clusters[cluster][name] += 1
        if trouble := outcome_trouble(outcome, name, row):
            wrong.append(f"{outcome['source']} {outcome.get('source_id', '')}: {trouble}")
    wrong += [f"cluster {each}: {dict(seen)}" for each, seen in clusters.items() if seen["articles"] != 1]
    right = 1 - len(wrong) / len(OUTCOMES)
    assert right >= FLOORS["outcomes"], "\n".join(wrong)


def outcome_trouble(outcome, name, row):
    """What is wrong with a record's row in the release, "" when nothing is."""
    wanted = {"rejected": {"rejected"}, "article": {"articles", "duplicates"} if "cluster" in outcome else {"articles"}}
    if name not in wanted[outcome["outcome"]]:
        return f"is in {name}: {row.get('stage', '')} {row.get('reason', '')}"
    if name == "rejected":
        return "" if row["stage"] in outcome["stage"] else f"rejected by {row['stage']}: {row['reason']}"
    return article_trouble(outcome, row) if name == "articles" else ""


def article_trouble(outcome, row):
    for field in ("language", "title", "authors", "published"):
        if field in outcome and not same_field(field, outcome[field], row[field] or ""):
            return f"{field} is {row[field]!r}"
    lost = [quote for quote in outcome.get("kept", ()) if quote not in row["text"]]
    left = [quote for quote in outcome.get("removed", ()) if quote in row["text"]]
    return f"lost {lost}, left {left}" if lost or left else ""
