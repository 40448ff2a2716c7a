"""Other stories on a page: what they bear, and what the measures behind them say. Documents are in cases/appended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import corpusprep
from corpusprep.cleaners import boundaries
from corpusprep.cleaners.cohesion import bag_units, measure_cohesion, weigh
from corpusprep.cleaners.evidence import measure
from corpusprep.cleaners.layout import is_dateline
from corpusprep.config import from_mapping
from corpusprep.render.text import render_text

CASES = Path(__file__).parent / "cases" / "appended"

HARBOUR = (
    "The harbour wall at Dalmere will be raised by a metre before the spring tides, the harbour board has decided.",
    "The wall was last raised after the flood of 1953, when the tides took eleven boats and the roof of the customs house.",
    "Engineers say that the tides now reach the third step of the harbour stairs twice a year, and the wall is cracked.",
    "The board hopes that the wall will be done by March. Boats will be moved to the north harbour until then.",
)
ORCHESTRA = (
    "The youth orchestra of Wexcombe has lost its only bassoon, which was left on a tram after the Easter concert.",
    "The orchestra had saved for six years to buy the bassoon. The tram company says that nothing has been handed in.",
    "A violinist of the orchestra has drawn posters that show the bassoon from both sides, with its case and its scar.",
    "Whoever finds the instrument will hear the orchestra play a march of their choice, said the conductor.",
)


def read(name):
    return (CASES / f"{name}.txt").read_text(encoding="utf-8")


def test_a_second_story_has_its_own_fields():
    cleaned = corpusprep.clean(read("positive/after-thread"))
    (story,) = cleaned.stories
    assert story.title == "Swimming baths at Tanner's Hill close for the summer, of all seasons"
    assert (story.authors, story.published) == (("Gareth Pim",), "2016-05-25")
    assert story.text.startswith("The baths at Tanner's Hill")
    assert story.text.endswith("Season tickets will be extended.")
    assert "baths" not in cleaned.text
    assert cleaned.published == "2016-05-24"


def test_spans_still_tile_the_page():
    cleaned = corpusprep.clean(read("positive/after-thread"))
    ends = [0, *(span.end for span in cleaned.spans)]
    assert [span.start for span in cleaned.spans] == ends[:-1]
    assert ends[-1] == len(cleaned.document.text)


def test_the_cleaner_can_be_left_out():
    config = from_mapping({"clean": {"disable": ["appended"]}})
    assert not corpusprep.clean(read("positive/after-thread"), config=config).stories


@pytest.mark.parametrize("first", [HARBOUR, ORCHESTRA])
def test_words_fall_apart_where_the_matter_changes(first):
    second = ORCHESTRA if first is HARBOUR else HARBOUR
    evidence = measure(render_text("\n\n".join((*first, *second))))
    tokens = evidence.tokens
    weights = weigh(tokens.hashes)
    assert weights.known
    cuts = np.arange(2, 7)
    found = measure_cohesion(bag_units(tokens.hashes, tokens.block.astype(np.int64), weights.terms, 8), cuts)
    assert int(cuts[found.whole.argmin()]) == 4
    assert found.across[2] < min(found.inner_before[2], found.inner_after[2])


def test_words_of_an_unknown_language_still_weigh():
    evidence = measure(render_text("Xqarkaz bvimow ztulenk. Xqarkaz gwodiz ztulenk bvimow sraratx."))
    weights = weigh(evidence.tokens.hashes)
    assert not weights.known
    assert (weights.terms > 0).any()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DALMERE, March 3 (Reuters) - The wall", True),
        ("PARIS (AFP) — Le mur", True),
        ("NEW YORK -- The wall", True),
        ("The wall (see below) - it is old", False),
        ("We asked: why?", False),
        ("A wall", False),
    ],
)
def test_datelines(text, expected):
    assert is_dateline(text) is expected


def test_the_model_fits_the_features():
    model = boundaries.fitted()
    assert model.weights.shape == (3, len(boundaries.FEATURES))
    assert model.gate.shape == (len(boundaries.LAYOUT) + 1,)
    assert (model.low <= model.high).all()


def with_datelines(second):
    return "\n\n".join(
        (f"DALMERE, March 3 (HNA) - {HARBOUR[0]}", *HARBOUR[1:], f"{second}{ORCHESTRA[0]}", *ORCHESTRA[1:])
    )


def test_a_second_dateline_begins_another_story():
    (story,) = corpusprep.clean(with_datelines("WEXCOMBE, March 4 (HNA) - ")).stories
    assert story.text.startswith("WEXCOMBE")
    assert story.published == "--03-04"


@pytest.mark.parametrize("second", ["", "Meanwhile - ", "WEXCOMBE: "])
def test_a_change_of_matter_alone_does_not(second):
    assert not corpusprep.clean(with_datelines(second)).stories
