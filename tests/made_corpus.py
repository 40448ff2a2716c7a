"""Make small corpora: stories that differ in every sentence, so that none is a copy of another by chance."""

from __future__ import annotations

import json
import random

_WHO = [
    "bakers",
    "council",
    "miners",
    "teachers",
    "sailors",
    "gardeners",
    "drivers",
    "nurses",
    "farmers",
    "clerks",
    "painters",
    "divers",
]
_DID = [
    "opened",
    "repaired",
    "sold",
    "painted",
    "counted",
    "lost",
    "found",
    "moved",
    "measured",
    "closed",
    "flooded",
    "inspected",
]
_WHAT = [
    "bridge",
    "harbour",
    "archive",
    "orchard",
    "tunnel",
    "market",
    "lighthouse",
    "granary",
    "railway",
    "fountain",
    "tower",
    "quarry",
]
_WHEN = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_WHERE = [
    "Aldmoor",
    "Dalmere",
    "Brackenbury",
    "Harrowton",
    "Eastmoor",
    "Sallow-Head",
    "Castle-Orme",
    "Pell",
    "Northquay",
    "Bayview",
]


def story(seed, sentences=8):
    """A short news story of made-up facts, the same for the same seed."""
    rng = random.Random(f"story {seed}")
    lines = [
        f"The {rng.choice(_WHO)} of {rng.choice(_WHERE)} {rng.choice(_DID)} the old {rng.choice(_WHAT)} near "
        f"{rng.choice(_WHERE)} on {rng.choice(_WHEN)}, {rng.randrange(3, 999)} years after the {rng.choice(_WHAT)} there was "
        f"{rng.choice(_DID)} by {rng.randrange(2, 99)} {rng.choice(_WHO)}."
        for _ in range(sentences)
    ]
    paragraphs = [" ".join(lines[at : at + 2]) for at in range(0, sentences, 2)]
    return (
        "\n\n".join([f"{rng.choice(_WHAT).title()} of {rng.choice(_WHERE)} {rng.choice(_DID)} again", *paragraphs])
        + "\n"
    )


def write_corpus(folder, count=12):
    """Text files of two sites, and a JSONL file that also holds a copy, a page crawled twice, a menu and an empty record.

    Returns the number of records.
    """
    for number in range(count):
        path = folder / ("one.example" if number % 3 else "two.example") / f"story-{number:03}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(story(number), encoding="utf-8")
    rows = [
        {"id": "copy", "url": "https://three.example/copy", "text": story(0)},
        {"url": "https://three.example/twice?utm_source=x", "text": story("twice")},
        {"url": "http://www.three.example/twice", "text": story("twice, corrected")},
        {"url": "https://three.example/menu", "text": "Home\nNews\nSport\nWeather\nCulture\nContact\n"},
        {"url": "https://three.example/empty", "text": ""},
    ]
    (folder / "feed.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return count + len(rows)
