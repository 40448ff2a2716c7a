"""Cases for the cleaners, one folder for each: what must go (positive) and what must stay (negative).

A case in known_failures/ is expected to fail until somebody finds a way; when it passes, it has to move. A case named in open.txt is
work in hand: it may fail or pass, and its line is deleted when it passes.
"""

from __future__ import annotations

from pathlib import Path

import labelled_documents
import pytest

import corpusprep

CASES = Path(__file__).parent / "cases"
OPEN = set((CASES / "open.txt").read_text(encoding="utf-8").split())
OWN_LABEL = {"comments": {"comments"}, "appended": {"appended"}}
LABELS = labelled_documents.LABELS

needs_clean = pytest.mark.skipif(not hasattr(corpusprep, "clean"), reason="clean() is yet to come")


def cases(kind):
    """Every case of a kind, judged either by line or, where a page stands on one line, by block."""
    judges = [
        (labelled_documents.read(CASES), labelled_documents.judge),
        (labelled_documents.read_pages(CASES), labelled_documents.judge_page),
    ]
    for found, judge in judges:
        for case in found:
            if case.name.split("/")[1] == kind:
                marks = pytest.mark.xfail(strict=False) if case.name in OPEN else ()
                yield pytest.param(case, judge, id=case.name, marks=marks)


def trouble_of(case, judge):
    """The lines that were kept or dropped against gold, or, in a thread or another story, taken for something else."""
    folder = case.name.split("/")[0]
    own = LABELS if folder == "fields" else OWN_LABEL.get(folder, ())
    return [
        str(line)
        for line in judge(case, corpusprep.clean(case.payload))
        if line.wrong or (line.want in own and line.got not in line.accepted)
    ]


@needs_clean
@pytest.mark.parametrize(("case", "judge"), list(cases("positive")))
def test_what_must_go_goes(case, judge):
    assert trouble_of(case, judge) == []


@needs_clean
@pytest.mark.parametrize(("case", "judge"), list(cases("negative")))
def test_what_must_stay_stays(case, judge):
    lines = judge(case, corpusprep.clean(case.payload))
    assert [str(line) for line in lines if line.want == "body" and line.wrong] == []


@needs_clean
@pytest.mark.xfail(strict=True)
@pytest.mark.parametrize(("case", "judge"), list(cases("known_failures")))
def test_known_failure_still_fails(case, judge):
    assert trouble_of(case, judge) == []


def test_open_cases_exist():
    names = {case.name for read in (labelled_documents.read, labelled_documents.read_pages) for case in read(CASES)}
    assert names >= OPEN
