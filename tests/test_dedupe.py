"""Copies are found, look-alikes are kept, and neither order nor spelling matters."""

import random
import textwrap

import pyarrow as pa
import pytest

from corpusprep.config import DedupeConfig
from corpusprep.deduping import dedupe, match, sign
from corpusprep.document import Article
from corpusprep.errors import InputError


def words(seed, count, stock=4000):
    """A text of invented words, in sentences and paragraphs."""
    chance = random.Random(seed)
    syllables = ["ba", "do", "ki", "lu", "me", "no", "ra", "si", "ta", "vu", "zel", "mor", "pan", "tri", "gos"]
    vocabulary = random.Random(7)
    lexicon = ["".join(vocabulary.choices(syllables, k=vocabulary.randint(1, 4))) for _ in range(stock)]
    paragraphs, made = [], 0
    while made < count:
        sentences = []
        for _ in range(3):
            length = min(chance.randint(8, 20), count - made)
            if length <= 0:
                break
            made += length
            sentence = " ".join(chance.choices(lexicon, k=length))
            sentences.append(sentence[0].upper() + sentence[1:] + ".")
        paragraphs.append(" ".join(sentences))
    return "\n\n".join(paragraphs)


def found(articles, **options):
    return {(one.id, one.kept_id): one for one in dedupe(articles, config=DedupeConfig(**options))}


def article(key, text, **fields):
    return {"id": key, "text": text, **fields}


def test_unlike_texts_are_kept():
    assert not found([article(str(seed), words(seed, 200)) for seed in range(40)])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Don't say the U.S. won 1,000.5 -- never.", "DON’T  say\nthe US won 10005 — never"),
        ("Die Straße am Café ist “zu”", "DIE STRASSE AM CAFE\u0301 IST «ZU»"),
        ("ＡＢＣ news １２３ of the day", "abc news 123 of the day"),
        ("東京は雨です。気温は１２度。", "東京は 雨です 気温は12度"),
        ("مُحَمَّد يقول ذلك اليوم", "محمد يقول ذلك اليوم"),
        ("Le café d’Élise à Łódź où İstanbul", "LE CAFE D'ELISE A LODZ OU ISTANBUL"),
        ("قال إن الأمر آخر اليوم", "قال ان الامر اخر اليوم"),
        ("The soft\u00adware is a\u00a0zero\u200bwidth test", "The software is a zerowidth test"),
    ],
)
def test_spellings_of_one_text_are_equal(one, other):
    ((_, duplicate),) = found([article("a", one), article("b", other)]).items()
    assert (duplicate.relation, duplicate.method, duplicate.resemblance) == ("duplicate", "text", 1.0)


def test_same_bytes_are_duplicates_whatever_the_text():
    copies = found(
        [
            article("a", "", content_sha256="c0ffee"),
            article("b", "", content_sha256="c0ffee"),
            article("c", "", content_sha256="decade"),
            article("d", ""),
            article("e", "— … !"),
        ]
    )
    assert {pair: one.method for pair, one in copies.items()} == {("b", "a"): "bytes"}


def test_edited_copy_is_a_duplicate():
    text = words(1, 300)
    chance = random.Random(5)
    edited = " ".join(chance.choice(["other", ""]) if chance.random() < 0.04 else word for word in text.split(" "))
    ((pair, duplicate),) = found([article("a", text), article("b", edited), article("c", words(2, 300))]).items()
    assert set(pair) == {"a", "b"}
    assert duplicate.relation == "duplicate"
    assert 0.4 < duplicate.resemblance < duplicate.containment < 1
    assert "words" in duplicate.evidence


@pytest.mark.parametrize("count", [60, 120, 400, 3000])
def test_short_form_goes_for_the_full_text(count):
    text = words(count, count)
    half = text[: len(text) // 2]
    ((pair, duplicate),) = found([article("a", half), article("b", text)]).items()
    assert pair == ("a", "b")
    assert duplicate.relation == "abridged"
    assert duplicate.containment > 0.95


def test_item_of_a_round_up_is_reported_and_kept():
    items = [words(seed, 90) for seed in range(6)]
    articles = pa.table({"id": ["item", "round-up"], "text": [items[3], "\n\n".join(items)]})
    matches = match([sign(articles)], lambda _: articles, DedupeConfig())
    assert len(matches.duplicates) == len(matches.clusters) == 0
    (link,) = matches.links.to_pylist()
    assert (link["id"], link["kept_id"], link["relation"]) == ("item", "round-up", "contained")


def test_items_leave_if_the_config_says_so():
    items = [words(seed, 90) for seed in range(6)]
    rows = [article("item", items[3]), article("again", items[3]), article("round-up", "\n\n".join(items))]
    copies = found(rows, drop=("duplicate", "contained"))
    assert {pair: one.relation for pair, one in copies.items()} == {
        ("again", "round-up"): "contained",
        ("item", "round-up"): "contained",
    }
    assert {one.cluster_id for one in copies.values()} == {"again"}


REPORT = (
    "Shares on the Altmere exchange closed at {} points on Tuesday, a change of {} from the day before, as {} million "
    "shares changed hands. Dealers counted {} rises and {} falls among the leading stocks. Salt for delivery next month "
    "stood at {} crowns a sack, after {} crowns a week ago, and the harbour took in {} ships. The bank left its rate at "
    "{} percent and said it would meet again within {} days to look at prices."
)


def test_daily_reports_on_one_template_are_kept():
    chance = random.Random(3)
    reports = [REPORT.format(*(chance.randint(2, 9000) for _ in range(10))) for _ in range(12)]
    assert not found([article(str(day), text) for day, text in enumerate(reports)])


def test_revised_figures_make_an_update_and_the_later_one_stays():
    text = words(11, 260)
    first = f"{text} The police counted 12 dead and 30 hurt at number 48 of the street, 7 of them children aged 3 to 9."
    later = first.replace("12 dead and 30 hurt", "15 dead and 41 hurt")
    articles = [
        article("a", later, published="2021-05-03T14:10"),
        article("b", first, published="2021-05-03T11:55"),
    ]
    ((pair, duplicate),) = found(articles).items()
    assert pair == ("b", "a")
    assert duplicate.relation == "updated"
    assert "2 of 6 numbers differ" in duplicate.evidence


def test_the_last_of_a_report_that_grows_stays():
    parts = words(12, 600).split("\n\n")
    grows = [
        article(f"{hour}", "\n\n".join(parts[:count]), published=f"2021-05-03T{hour}:00")
        for hour, count in ((10, 5), (11, 7), (12, 9), (13, 12))
    ]
    assert {kept for _, kept in found(grows)} == {"13"}
    assert len(found(grows)) == 3


def test_leftover_chrome_does_not_win():
    text = words(14, 300)
    menu = "Home\nNews\nSport\nWeather"
    teasers = "\n".join(f"Read more: {words(100 + number, 12).strip('.')}" for number in range(30))
    articles = [article("a", f"{menu}\n\n{text}\n\n{teasers}\n{menu}"), article("b", text)]
    ((pair, duplicate),) = found(articles).items()
    assert pair == ("a", "b")
    assert duplicate.relation == "duplicate"


def test_hard_wrapped_text_is_text():
    wrapped = "\n".join(textwrap.wrap(words(15, 300), 90))
    more = "\n".join(textwrap.wrap(words(16, 300), 90))
    ((pair, duplicate),) = found([article("a", wrapped), article("b", f"{wrapped}\n{more}")]).items()
    assert pair == ("a", "b")
    assert duplicate.relation == "abridged"


def test_a_chain_of_small_steps_does_not_join_its_ends():
    parts = [words(seed, 100) for seed in range(8)]
    links = [article(str(step), "\n\n".join(parts[step : step + 4])) for step in range(5)]
    gone = found(links)
    assert gone
    assert all(abs(int(one) - int(kept)) == 1 for one, kept in gone)


def test_result_does_not_depend_on_order():
    texts = {}
    for seed in range(30):
        text = words(seed, 150)
        texts[f"{seed}-full"] = text
        texts[f"{seed}-half"] = text[: len(text) // 2]
        texts[f"{seed}-loud"] = text.upper()
    rows = [article(key, text) for key, text in texts.items()]
    once = list(dedupe(rows))
    assert len(once) == 60
    random.Random(1).shuffle(rows)
    assert list(dedupe(rows)) == once
    halves = [pa.Table.from_pylist(part) for part in (rows[:37], rows[37:])]

    def fetch(ids):
        return pa.Table.from_pylist([article(key, texts[key]) for key in reversed(ids)])

    matches = match([sign(half) for half in halves], fetch, DedupeConfig())
    assert matches.duplicates.column("id").to_pylist() == [one.id for one in once]


def test_hashes_are_the_same_for_ever():
    # Signatures of older releases hold these: another value needs another name of the algorithm.
    signature = sign(pa.table({"id": ["a"], "text": ["One two, three: four — five six 77 Städte"]})).to_pylist()[0]
    assert signature["digest"].hex() == "1daea7e5200dc6a66c1ae57fc43a2153"
    assert signature["sketch"] == [
        5620301690782300224,
        13204277411446480497,
        17577361831772500281,
        6481680808431014530,
    ]
    assert signature["slots"] == [5437053059617996173]


def test_preferred_source_is_kept():
    text = words(4, 200)
    rows = [article("a", text, site="one.example"), article("b", text, site="two.example")]
    assert set(found(rows)) == {("b", "a")}
    assert set(found(rows, prefer=("two.example",))) == {("a", "b")}


def test_earliest_of_equal_texts_is_kept():
    text = words(4, 200)
    rows = [article("a", text, published="2020-02-02"), article("b", text, published="2020-02-01"), article("c", text)]
    assert set(found(rows)) == {("a", "b"), ("c", "b")}


def test_relations_that_are_not_dropped_stay_linked():
    text = words(4, 200)
    table = pa.table({"id": ["a", "b"], "text": [text, text[: len(text) // 2]]})
    matches = match([sign(table)], lambda _: table, DedupeConfig(drop=("duplicate",)))
    assert len(matches.duplicates) == 0
    assert matches.links.column("relation").to_pylist() == ["abridged"]
    assert matches.clusters.to_pylist() == [
        {"id": "a", "cluster_id": "a", "cluster_size": 2},
        {"id": "b", "cluster_id": "a", "cluster_size": 2},
    ]


def test_any_iterable_and_any_table():
    rows = [article(str(seed % 6), words(seed % 6, 120)[: 900 if seed < 6 else 400]) for seed in range(9)]
    rows = [{**row, "id": f"{number}"} for number, row in enumerate(rows)]
    once = list(dedupe(rows))
    assert [(one.id, one.relation, one.kept_id) for one in once] == [(f"{n + 6}", "abridged", f"{n}") for n in range(3)]
    assert list(dedupe(iter(rows))) == once
    assert list(dedupe(Article(**row, source="s", record=0, content_sha256="") for row in rows)) == once
    table = pa.Table.from_pylist(rows)
    assert list(dedupe(table)) == once
    assert list(dedupe(pa.concat_tables([table.slice(0, 4), table.slice(4)]).drop_columns(["id"]))) == once
    assert list(dedupe(table.set_column(0, "id", pa.array(range(9))))) == once


def test_lone_surrogates_and_nuls_are_no_words():
    rows = [article("a", "One\ud800two three\0four five"), article("b", "One two three four five")]
    assert set(found(rows)) == {("b", "a")}


def test_a_story_that_very_many_sites_carry_is_one():
    text = words(9, 250)
    rows = [article(f"{site:03}", f"{text} Site {site} of them, {words(1000 + site, 9)}") for site in range(300)]
    assert len(found(rows)) == 299


def test_ten_words_and_none():
    ten = "one two three four five six seven eight nine ten"
    rows = [
        article("a", ten),
        article("b", ten + "!"),
        article("c", "Other words, ten of them, say nothing like it."),
        article("d", ""),
    ]
    assert set(found(rows)) == {("b", "a")}
    assert not found([])


def test_errors_say_what_to_do():
    with pytest.raises(InputError, match="no 'text'"):
        list(dedupe([{"id": "a"}]))
    with pytest.raises(InputError, match="two documents have the id 'a'"):
        list(dedupe([article("a", "x"), article("a", "y")]))
    signatures = sign(pa.table({"id": ["a"], "text": ["b"]})).replace_schema_metadata(
        {"corpusprep.signatures": "other-9"}
    )
    with pytest.raises(InputError, match="other-9"):
        match([signatures], lambda _: None, DedupeConfig())
