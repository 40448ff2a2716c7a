"""Paragraphs that a site repeats are shown, and nothing is cut."""

import pyarrow as pa
import pytest
from test_dedupe import words

from corpusprep.deduping.paragraphs import repeated_paragraphs
from corpusprep.errors import InputError

PROMPT = "Sign up for the morning letter."


def articles(*, shuffled=False):
    rows = [
        {"site": "one.example", "text": f"{words(seed, 60)}\n\n{PROMPT.upper() if seed % 2 else PROMPT}\n- – -"}
        for seed in range(8)
    ]
    rows += [{"site": "two.example", "text": f"{PROMPT}\n{PROMPT}\n{words(100 + seed, 60)}"} for seed in range(4)]
    if shuffled:
        rows.reverse()
    return [pa.Table.from_pylist(rows[:5]), pa.Table.from_pylist(rows[5:])]


def test_repeated_paragraphs_of_a_site():
    assert repeated_paragraphs(articles).to_pylist() == [
        {"site": "one.example", "text": PROMPT.upper(), "n_documents": 8, "site_documents": 8, "share": 1.0}
    ]
    assert repeated_paragraphs(articles, least=4).column("site").to_pylist() == ["one.example", "two.example"]
    assert repeated_paragraphs(lambda: articles(shuffled=True), least=4).equals(repeated_paragraphs(articles, least=4))


def test_nothing_repeated_and_nothing_at_all():
    assert len(repeated_paragraphs(lambda: [pa.table({"text": [words(seed, 50) for seed in range(9)]})])) == 0
    assert len(repeated_paragraphs(list)) == 0


def test_no_text():
    with pytest.raises(InputError, match="no column 'text'"):
        repeated_paragraphs(lambda: [pa.table({"body": ["x"]})])
