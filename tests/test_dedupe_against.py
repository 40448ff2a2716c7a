"""What an older release has leaves, by its signatures alone; what is news stays."""

import pyarrow as pa
import pytest
from test_dedupe import article, words

from corpusprep.config import DedupeConfig
from corpusprep.deduping import match, sign
from corpusprep.errors import InputError

OLD = {seed: words(seed, 220) for seed in range(30)}
AGAINST = [
    sign(pa.Table.from_pylist([article(f"old-{seed}", OLD[seed], published="2022-01-05") for seed in part]))
    for part in (range(13), range(13, 30))
]


def matched(*rows, against=AGAINST):
    table = pa.Table.from_pylist([{"published": "", "updated": "", "content_sha256": "", **row} for row in rows])

    def fetch(ids):
        return table.filter(pa.compute.is_in(table["id"], pa.array(ids)))

    return match([sign(table)], fetch, DedupeConfig(), against)


def known(matches):
    return {row["id"]: (row["kept_id"], row["relation"], row["method"]) for row in matches.known.to_pylist()}


def test_copies_of_what_was_released_leave():
    half = OLD[20][: len(OLD[20]) // 2]
    edited = OLD[21].replace(" ba ", " other ").replace(" ki ", " word ")
    matches = matched(
        article("a", OLD[3].upper()),
        article("b", half),
        article("c", edited),
        article("d", words(99, 220)),
    )
    assert known(matches) == {
        "a": ("old-3", "duplicate", "text"),
        "b": ("old-20", "abridged", "sketch"),
        "c": ("old-21", "duplicate", "sketch"),
    }
    assert len(matches.duplicates) == len(matches.links) == len(matches.clusters) == 0


def test_news_stays():
    fuller = OLD[4] + "\n\n" + words(98, 200)
    toll = OLD[5] + " Police counted 12 dead and 30 hurt."
    old = sign(pa.Table.from_pylist([article("toll", toll, published="2022-01-05")]))
    matches = matched(
        article("fuller", fuller),
        article("later", toll.replace("12 dead", "19 dead"), published="2022-01-06"),
        article("round-up", "\n\n".join(OLD[seed] for seed in range(10, 16))),
        against=[*AGAINST, old],
    )
    assert known(matches) == {}
    assert [(row["id"], row["relation"]) for row in matches.links.to_pylist()] == [("later", "updated")]


def test_an_earlier_version_of_what_was_released_leaves():
    toll = OLD[5] + " Police counted 12 dead and 30 hurt."
    old = sign(pa.Table.from_pylist([article("toll", toll, published="2022-01-05")]))
    matches = matched(article("earlier", toll.replace("12 dead", "9 dead"), published="2022-01-04"), against=[old])
    assert known(matches) == {"earlier": ("toll", "updated", "sketch")}


def test_copies_among_what_is_left_are_found():
    new = words(77, 200)
    matches = matched(article("a", OLD[1]), article("b", new), article("c", new.upper()))
    assert set(known(matches)) == {"a"}
    assert matches.duplicates.column("id").to_pylist() == ["c"]
    assert matches.clusters.column("id").to_pylist() == ["b", "c"]


def test_result_depends_neither_on_order_nor_on_cuts():
    rows = [article(str(seed), OLD[seed].replace(" ba ", " other ")) for seed in range(8, 20)]
    once = matched(*rows).known
    whole = pa.concat_tables(AGAINST)
    upside_down = whole.take(list(reversed(range(len(whole)))))
    assert len(once) == 12
    assert matched(*reversed(rows), against=[upside_down.slice(0, 3), upside_down.slice(3)]).known.equals(once)


def test_a_story_that_many_sites_carry_is_known_on_all():
    rows = [article(f"{copy:03}", f"{OLD[2]} Site number {copy} of this test.") for copy in range(150)]
    assert set(known(matched(*rows)).values()) == {("old-2", "duplicate", "sketch")}
    assert len(matched(*rows).known) == 150


def test_other_algorithms_are_refused():
    stale = AGAINST[0].replace_schema_metadata({"corpusprep.signatures": "corpusprep-0"})
    with pytest.raises(InputError, match="corpusprep-0"):
        matched(article("a", "text"), against=[stale])
