"""Site templates: what a site sets on every page goes, what papers share or a series repeats stays."""

from __future__ import annotations

import json

import pytest

import corpusprep
from corpusprep.config import from_mapping

PROMPT = (
    "The Lindenfeld Post lives on its readers, so please tell a neighbour about us when you have turned the last page."
)
WIRE = "The county lost power for six hours on Sunday when a swan flew into the substation at Harl, the grid operator said."
THINGS = ("mill", "ferry", "school", "orchard", "library", "bakery", "quarry", "chapel", "market", "depot")


def story(thing, number):
    return [
        f"Council votes to keep the old {thing} open",
        f"The council voted {number + 3} to {number} on Monday night to keep the {thing} open until a buyer has been found for it.",
        f"Nobody in the hall could remember a longer debate about a {thing}, and three of those present have been there since the war.",
        f"The {thing} has cost the town {number + 11} thousand a year, the treasurer said, more than the swimming baths and the band.",
    ]


def build(tmp_path, pages):
    raw = tmp_path / "raw"
    raw.mkdir()
    rows = [{"url": f"https://{site}/{name}", "text": "\n\n".join(blocks)} for site, name, blocks in pages]
    (raw / "pages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    keep_all = from_mapping({"dedupe": {"drop": []}})
    release = corpusprep.build(raw, tmp_path / "dist", name="pages", config=keep_all)
    import pyarrow.dataset

    return pyarrow.dataset.dataset(release.path / "data" / "articles").to_table().to_pylist()


@pytest.mark.parametrize("count", [5, 10])
def test_a_sites_own_sentence_goes_at_few_documents(tmp_path, count):
    pages = [
        ("post.example", thing, [*(found := story(thing, number))[:2], PROMPT, *found[2:]])
        for number, thing in enumerate(THINGS[:count])
    ]
    articles = build(tmp_path, pages)
    assert len(articles) == count
    assert not any("tell a neighbour" in article["text"] for article in articles)
    assert all("longer debate" in article["text"] for article in articles)


def test_a_wire_story_in_many_papers_of_one_house_stays(tmp_path):
    wire = [
        WIRE,
        *(f"{thing.title()} owners were told of it by {number} in the morning." for number, thing in enumerate(THINGS)),
    ]
    long = " ".join(
        ["Engineers needed all of the morning to find the fault, since the swan had been carried off by a fox."] * 3
    )
    pages = [
        ("post.example", f"wire-{number}", [f"Swan darkens county, edition {number}", *wire, long])
        for number in range(6)
    ]
    pages += [("post.example", thing, story(thing, number)) for number, thing in enumerate(THINGS[:6])]
    articles = build(tmp_path, pages)
    copies = [article for article in articles if "Mill owners were told" in article["text"]]
    assert copies
    assert all(WIRE in article["text"] for article in copies)
