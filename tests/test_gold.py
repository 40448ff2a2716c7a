"""The sample corpus in raw/ against its gold in tests/gold/ (tests/gold/README.md tells the formats)."""

from __future__ import annotations

import json
from pathlib import Path

import labelled_documents
import pytest
from labelled_documents import LABELS

import corpusprep

GOLD = Path(__file__).parent / "gold"
FLOORS = json.loads((GOLD / "floors.json").read_text(encoding="utf-8"))
DOCUMENTS = list(labelled_documents.read(GOLD))

needs_clean = pytest.mark.skipif(not hasattr(corpusprep, "clean"), reason="clean() is yet to come")


@pytest.mark.parametrize("labelled", DOCUMENTS, ids=lambda labelled: labelled.name)
def test_each_line_has_one_known_label(labelled):
    lines = labelled.payload.decode("latin-1").split("\n")
    filled = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert [number for number, _ in labelled.labels] == filled
    assert {label for _, label in labelled.labels} <= LABELS


@needs_clean
def test_lines_reach_the_floors():
    judged = {
        labelled.name: labelled_documents.judge(labelled, corpusprep.clean(labelled.payload)) for labelled in DOCUMENTS
    }
    reached = labelled_documents.figures(list(judged.values()))
    wrong = "\n".join(f"{name}, {line}" for name, lines in judged.items() for line in lines if line.wrong)
    for name, floor in FLOORS["lines"].items():
        assert reached[name] >= floor, f"{name}: {reached[name]:.4f} of {floor}\n{wrong}"
