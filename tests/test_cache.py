"""Builds take over what earlier ones worked out, and come to the same bytes."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from made_corpus import story, write_corpus
from own_cleaners import sponsor  # noqa: F401  (so that the module is found by its name)

import corpusprep
from corpusprep.building import cache, fingerprinting, labelling, rendering
from corpusprep.building.store import opened
from corpusprep.config import Config, from_mapping

MENU = "Home | News | Sport\n\n{}\n\nThe Pell Gazette is printed in Pell, and read wherever the ferry goes.\n"


@pytest.fixture
def work(monkeypatch):
    """Counts documents that are rendered, cleaned and signed."""
    counts = dict.fromkeys(("render", "clean"), 0)

    def counted(name, function):
        def call(*arguments, **more):
            counts[name] += 1
            return function(*arguments, **more)

        return call

    monkeypatch.setattr(rendering, "_render", counted("render", rendering._render))
    monkeypatch.setattr(labelling, "clean_document", counted("clean", labelling.clean_document))
    monkeypatch.setattr(labelling, "_warm_up", lambda: None)
    return counts


def build(raw, dist, version="auto", **more):
    return corpusprep.build(raw, dist, name="news", version=version, workers=0, **more)


def done(work):
    found = dict(work)
    work.update(dict.fromkeys(work, 0))
    return found["render"], found["clean"]


def sums(release):
    return Path(release.path, "SHA256SUMS").read_text()


def rows(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def put(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def one_more_file(raw):
    (raw / "one.example" / "story-000a.txt").write_text(story("one more"))


def appended(raw):
    put(raw / "feed.jsonl", [*rows(raw / "feed.jsonl"), {"url": "https://three.example/new", "text": story("new")}])


def put_before(raw):
    put(raw / "feed.jsonl", [{"url": "https://three.example/new", "text": story("new")}, *rows(raw / "feed.jsonl")])


def shuffled(raw):
    lines = rows(raw / "feed.jsonl")
    random.Random(3).shuffle(lines)
    put(raw / "feed.jsonl", lines)


def edited(raw):
    (raw / "two.example" / "story-003.txt").write_text(story(3).replace("old", "very old"))


def gone(raw):
    (raw / "two.example" / "story-003.txt").unlink()


def moved(raw):
    (raw / "two.example" / "story-003.txt").rename(raw / "one.example" / "story-003.txt")


def copied(raw):
    for name in ("a", "b"):
        shutil.copyfile(raw / "two.example" / "story-003.txt", raw / "two.example" / f"copy-{name}.txt")


def crawled_again(raw):
    again = {"url": "https://three.example/twice", "text": story("twice, and corrected again")}
    put(raw / "feed.jsonl", [*rows(raw / "feed.jsonl"), again])


CHANGES = {
    change.__name__: (change, count)
    for change, count in (
        (one_more_file, 1),
        (appended, 1),
        (put_before, 1),
        (shuffled, 0),
        (edited, 1),
        (gone, 0),
        (moved, 0),  # but for what is known of the sites, which here is nothing
        (copied, 0),
        (crawled_again, 1),
    )
}


@pytest.mark.parametrize("name", CHANGES)
def test_only_what_is_new_is_worked_out_and_the_bytes_are_those_of_a_full_build(tmp_path, work, name):
    change, count = CHANGES[name]
    raw = tmp_path / "raw"
    records = write_corpus(raw)
    build(raw, tmp_path / "dist", "1.0.0")
    assert done(work) == (records - 1, records - 1)  # one record is empty, and never rendered
    change(raw)
    quick = build(raw, tmp_path / "dist", "2.0.0")
    rendered, cleaned = done(work)
    assert rendered == count
    assert cleaned <= count + (name == "moved")  # the site is that of the folder
    full = build(raw, tmp_path / "other", "2.0.0", cache=False)
    assert sums(quick) == sums(full)


@pytest.mark.parametrize(
    "settings",
    [
        {"dedupe": {"drop": []}},
        {"clean": {"appended": "recover"}, "article": {"min_words": 20}},
        {"release": {"splits": {"train": 0.5, "test": 0.5}}},
        {"release": {"raw_text": "none"}},
        {"withdraw": {"urls": ["https://three.example/twice"], "reason": "asked for"}},
        {"language": {"wanted": ["de"]}},
        {"input": {"site": "folder"}},
    ],
    ids=str,
)
def test_other_settings_come_to_the_bytes_of_a_full_build(tmp_path, settings):
    raw = tmp_path / "raw"
    write_corpus(raw)
    two = story("one") + "\n\nTower of Pell opened again\n\nBy Ann Hale\n\n14 March 2021\n\n" + story("two")
    (raw / "two.txt").write_text(two)
    build(raw, tmp_path / "dist", "1.0.0")
    build(raw, tmp_path / "dist", "1.0.1", config=settings)
    appended(raw)
    quick = build(raw, tmp_path / "dist", "2.0.0", config=settings)
    full = build(raw, tmp_path / "other", "2.0.0", config=settings, cache=False)
    assert sums(quick) == sums(full)


def pages(raw, count, menu=MENU):
    raw.mkdir(exist_ok=True)
    lines = [
        {"url": f"https://pell.example/{number}", "text": menu.format(story(number))}
        if number % 2
        else {"url": f"https://harl.example/{number}", "text": story(number)}
        for number in range(count)
    ]
    put(raw / "pages.jsonl", lines)


def test_a_page_more_does_not_touch_the_others_of_its_site(tmp_path, work):
    pages(tmp_path / "raw", 20)
    build(tmp_path / "raw", tmp_path / "dist", "1.0.0")
    done(work)
    pages(tmp_path / "raw", 22)
    quick = build(tmp_path / "raw", tmp_path / "dist", "2.0.0")
    assert done(work) == (2, 2)
    full = build(tmp_path / "raw", tmp_path / "other", "2.0.0", cache=False)
    assert sums(quick) == sums(full)


def test_a_template_that_shows_by_new_pages_cleans_the_old_ones_again(tmp_path, work):
    pages(tmp_path / "raw", 4)
    build(tmp_path / "raw", tmp_path / "dist", "1.0.0")
    done(work)
    pages(tmp_path / "raw", 20)
    quick = build(tmp_path / "raw", tmp_path / "dist", "2.0.0")
    assert done(work) == (16, 18)  # the two pages of that site once more, those of the other one not
    full = build(tmp_path / "raw", tmp_path / "other", "2.0.0", cache=False)
    assert sums(quick) == sums(full)
    facts = json.loads((quick.path / "manifest.json").read_text())
    assert set(facts["sites"]) == {"pell.example"}
    causes = corpusprep.release.diff(tmp_path / "dist/news/1.0.0", quick.path).causes()
    assert causes["articles changed"] == {"site template": 2}


def test_another_cleaning_cleans_again_and_renders_nothing(tmp_path, work):
    raw = tmp_path / "raw"
    records = write_corpus(raw)
    build(raw, tmp_path / "dist")
    done(work)
    for settings in ({"disable": ["related"]}, {"cleaners": ["own_cleaners:sponsor"]}):
        build(raw, tmp_path / "dist", config={"clean": settings})
        assert done(work) == (0, records - 1)
    build(raw, tmp_path / "dist", config={"clean": settings, "dedupe": {"drop": []}})
    assert done(work) == (0, 0)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("cleaners/chrome.py", (False, True, False)),
        ("cleaners/phrases/en.toml", (False, True, False)),
        ("cleaners/lines.json", (False, True, False)),
        ("language.py", (False, True, False)),
        ("walls.toml", (False, True, False)),
        ("render/html.py", (True, False, False)),
        ("document.py", (True, True, False)),
        ("deduping/shingles.py", (False, False, True)),
        ("deduping/matching.py", (False, False, False)),
        ("release/card.py", (False, False, False)),
        ("template.toml", (False, False, False)),
        ("cli.py", (False, False, False)),
    ],
)
def test_changed_code_changes_the_fingerprint_of_what_it_has_a_say_in(tmp_path, monkeypatch, changed, expected):
    home = tmp_path / "corpusprep"
    shutil.copytree(fingerprinting._HOME, home, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprinting, "_HOME", home)
    passes = (fingerprinting._RENDER, fingerprinting._LABEL, fingerprinting._SIGN)

    def all_of_them():
        fingerprinting._code.cache_clear()
        return [fingerprinting._code(each) for each in passes]

    before = all_of_them()
    with (home / changed).open("ab") as file:
        file.write(b"\n# changed\n")
    assert tuple(one != other for one, other in zip(before, all_of_them(), strict=True)) == expected
    fingerprinting._code.cache_clear()


def test_other_libraries_and_models_are_other_fingerprints(monkeypatch):
    before = fingerprinting.fingerprints(Config())
    monkeypatch.setattr(fingerprinting.manifests, "libraries", lambda: {"trafilatura": "99"})
    after = fingerprinting.fingerprints(Config())
    assert not {before.render, before.label, before.sign} & {after.render, after.label, after.sign}


def test_what_is_signed_in_another_way_is_signed_again_and_not_cleaned(tmp_path, work, monkeypatch):
    raw = tmp_path / "raw"
    write_corpus(raw)
    build(raw, tmp_path / "dist", "1.0.0")
    done(work)
    own = fingerprinting.fingerprints
    monkeypatch.setattr("corpusprep.building.fingerprints", lambda config: replace(own(config), sign="another"))
    signed = []
    from corpusprep.building import outcomes

    sign = outcomes.sign
    monkeypatch.setattr(outcomes, "sign", lambda table: signed.append(table.num_rows) or sign(table))
    build(raw, tmp_path / "dist", "2.0.0")
    assert done(work) == (0, 0)
    assert sum(signed) == 15


def texts(folder):
    """Every string in the files of a cache."""
    found = []
    for path in folder.rglob("*.arrow"):
        with opened(path) as file:
            found.append(str(file.read_all().to_pydict()))
    return "\n".join(found)


@pytest.mark.parametrize("use", [True, False], ids=["cache", "no cache"])
def test_what_is_withdrawn_leaves_the_cache(tmp_path, use):
    raw = tmp_path / "raw"
    write_corpus(raw)
    build(raw, tmp_path / "dist")
    kept = tmp_path / "dist/news/.cache"
    sentence = story("twice").split("\n\n")[1][:60]
    assert sentence in texts(kept)
    config = {"withdraw": {"urls": ["https://three.example/twice"]}}
    build(raw, tmp_path / "dist", config=config, cache=use)
    assert sentence not in texts(kept)
    assert story(1).split("\n\n")[1][:60] in texts(kept) or not use
    build(raw, tmp_path / "dist", config=config)
    assert sentence not in texts(kept)


def test_nothing_is_kept_without_a_cache_and_the_old_one_stays(tmp_path, work):
    raw = tmp_path / "raw"
    records = write_corpus(raw)
    build(raw, tmp_path / "dist", cache=False)
    assert not (tmp_path / "dist/news/.cache").exists()
    build(raw, tmp_path / "dist")
    before = sorted((tmp_path / "dist/news/.cache").rglob("*"))
    done(work)
    build(raw, tmp_path / "dist", cache=False)
    assert done(work) == (records - 1, records - 1)
    assert sorted((tmp_path / "dist/news/.cache").rglob("*")) == before


def test_a_cache_of_another_format_or_in_pieces_is_passed_over(tmp_path, work):
    raw = tmp_path / "raw"
    records = write_corpus(raw)
    build(raw, tmp_path / "dist")
    (index,) = (tmp_path / "dist/news/.cache").glob("*/index.json")
    for text in ('{"format": 0}', "{"):
        done(work)
        index.write_text(text)
        build(raw, tmp_path / "dist")
        assert done(work) == (records - 1, records - 1)
        (index,) = (tmp_path / "dist/news/.cache").glob("*/index.json")


def test_the_cache_is_shown_pruned_and_cleared(tmp_path):
    raw, home = tmp_path / "raw", tmp_path / "dist/news"
    records = write_corpus(raw)
    build(raw, tmp_path / "dist")
    (one,) = cache.cache_status(home, Config())["kept"]
    assert one["documents"] == records
    assert one["bytes"] > 1_000
    assert one["holds"] == {"render": True, "label": True, "sign": True}
    other = from_mapping({"clean": {"disable": ["related"]}})
    assert cache.cache_status(home, other)["kept"][0]["holds"] == {"render": True, "label": False, "sign": True}
    assert cache.prune(home, other) == 0
    killed = home / ".work" / "killed"
    killed.mkdir(parents=True)
    (killed / "a").write_bytes(b"x" * 500)
    assert cache.cache_status(home, Config())["interrupted"][0]["bytes"] == 500
    assert cache.prune(home, Config()) == 500
    assert not (home / ".work").exists()
    assert cache.prune(home, from_mapping({"release": {"as_of": "2024-01-01"}})) == one["bytes"]
    assert cache.cache_status(home, Config()) == {"kept": [], "interrupted": []}
    build(raw, tmp_path / "dist")
    cache.clear(home)
    assert not (home / ".cache").exists()
