"""A corpus over three versions: ids, causes and counts come out as its users would want."""

import json
from dataclasses import replace

import pytest
from release_corpus import CONFIG, batches, digest, page

from corpusprep import release
from corpusprep.config import ReleaseConfig, WithdrawConfig
from corpusprep.document import Rejected
from corpusprep.release.schemas import rejected_row


class Crawl:
    """Pages by key, each with its clusters: what sources, cleaning and deduplication would make of raw pages.

    A cluster keeps its smallest key, and its id is its smallest id.
    """

    def __init__(self):
        self.pages, self.links, self.out = {}, [], {}

    def put(self, key, text=None, **more):
        self.pages[key] = {"text": text, **more}
        return self

    def same(self, *keys):
        self.links.append(set(keys))
        return self

    def reject(self, key, stage="article", reason="too-short"):
        self.out[key] = (stage, reason)
        return self

    def tables(self):
        clusters = [{key} for key in self.pages if key not in self.out]
        for link in self.links:
            joined = set().union(*(one for one in clusters if one & link))
            clusters = [one for one in clusters if not one & link] + [joined]
        tables = {name: [] for name in ("articles", "raw", "duplicates", "rejected")}
        for cluster in filter(None, clusters):
            kept = min(cluster)
            cluster_id = min(digest(key) for key in cluster)
            for key in sorted(cluster):
                article, raw = page(key, cluster_id=cluster_id, **self.pages[key])
                article["cluster_size"] = len(cluster)
                tables["raw"].append(raw)
                if key == kept:
                    tables["articles"].append(article)
                else:
                    facts = ("id", "source_id", "source", "record", "cluster_id", "parent_id", "content_sha256")
                    row = {name: article[name] for name in facts}
                    row |= {"kept_id": digest(kept), "kept_source_id": "", "relation": "duplicate", "method": "near"}
                    tables["duplicates"].append(row | {"resemblance": 0.9, "containment": 1.0})
        for key, (stage, reason) in self.out.items():
            row = rejected_row(Rejected(stage, reason, "", id=digest(key), source=f"pages/{key}.txt"))
            tables["rejected"].append(row)
        return tables


def first():
    crawl = Crawl()
    for key in "abcdefghij":
        crawl.put(key)
    return crawl.same("b", "c").same("d", "e").reject("short").put("short", "x").reject("h2")


def publish(dist, version, crawl, config=CONFIG, **origins):
    tables = crawl.tables()
    home = release.latest(dist / "news")
    with release.stage(dist, "news") as staging:
        draft = release.write(
            staging, batches(tables), name="news", version=version, config=config, previous=home, origins=origins
        )
        if not draft.changed:
            return draft, None
        return draft, release.publish(staging, dist, "news", draft.version)


def changes(diff):
    return {(one.before, one.after, one.cause): one for one in diff.changes}


def listed(diff):
    names = {digest(key): key for key in [*"abcdefghijklmnopq", "short", "h2", "i2"]}
    return {(names[one.id], one.before, one.after, one.cause) for one in diff.changes}


@pytest.fixture
def dist(tmp_path):
    draft, made = publish(tmp_path, "auto", first())
    assert (draft.version, draft.why) == ("1.0.0", "the first release")
    assert release.verify(made.path) == []
    return tmp_path


def second():
    crawl = first()
    crawl.put("f", "The harbour council voted again, this time for the bridge.")  # edited
    crawl.put("g", source="archive/g.txt")  # moved, with an id of its own
    crawl.pages.pop("i")  # moved without one: its id comes from its path
    crawl.put("i2", text=page("i")[0]["text"])
    crawl.put("k").same("c", "d", "k")  # bridges two clusters
    crawl.put("l")  # new
    crawl.pages.pop("j")  # deleted from raw
    return crawl


def test_pages_edited_moved_deleted_added_and_bridged(dist):
    draft, made = publish(dist, "auto", second())
    assert (draft.version, draft.why) == ("2.0.0", "2 articles gone")
    assert release.verify(made.path) == []
    diff = release.diff(dist / "news/1.0.0", made.path)
    assert listed(diff) == {
        ("f", "articles", "articles", "raw changed"),
        ("g", "articles", "articles", "raw moved"),
        ("i", "articles", "", "raw moved"),
        ("i2", "", "articles", "raw moved"),
        ("j", "articles", "", "raw gone"),
        ("l", "", "articles", "new raw"),
        ("k", "", "duplicates", "new raw"),
        ("b", "articles", "articles", "dedupe"),
        ("c", "duplicates", "duplicates", "dedupe"),
        ("d", "articles", "duplicates", "dedupe"),
        ("e", "duplicates", "duplicates", "dedupe"),
    }
    names = {one.id: one for one in diff.changes}
    assert names[digest("d")].other == digest("b")
    assert names[digest("i2")].other == digest("i")
    assert diff_adds_up(diff, dist)
    assert "- articles to duplicates: dedupe 1" in (dist / "news/CHANGELOG.md").read_text()
    assert "bridge" in release.diff_text(dist / "news/1.0.0", made.path, digest("f"))


def diff_adds_up(diff, dist):
    for table, book in diff.books.items():
        for version, when in ((diff.before, "before"), (diff.after, "after")):
            facts = json.loads((dist / "news" / version / "manifest.json").read_text())
            assert facts["tables"][table]["rows"] == book[when]
        came = book["added"] + book["moved in"]
        left = book["removed"] + book["moved out"]
        assert book["before"] + came - left == book["after"]
        assert book["unchanged"] + book["changed"] + came == book["after"]
        assert book["unchanged"] >= 0
    return True


def test_withdrawal_is_a_major_version_and_leaves_no_text(dist):
    config = replace(
        CONFIG,
        withdraw=WithdrawConfig(urls=("https://example.com/a",), ids=(digest("b"),), reason="asked by the author"),
    )
    crawl = first().reject("a", "withdraw", "requested").reject("b", "withdraw", "requested")
    draft, made = publish(dist, "auto", crawl, config)
    assert (draft.version, draft.why) == ("2.0.0", "2 articles withdrawn")
    diff = release.diff(dist / "news/1.0.0", made.path)
    assert ("a", "articles", "rejected", "withdrawn") in listed(diff)
    assert diff_adds_up(diff, dist)
    everything = b"".join(
        path.read_bytes() for path in made.path.rglob("*") if path.is_file() and path.suffix != ".parquet"
    )
    assert b"https://example.com/a" not in everything
    # The copy c of b stays behind, as an article: whoever withdraws b must hear of it.
    assert diff.unguarded == (digest("c"),)
    assert "withdraw them too" in (dist / "news/CHANGELOG.md").read_text()


def test_withdrawn_and_deleted_from_raw_too(dist):
    config = replace(CONFIG, withdraw=WithdrawConfig(urls=("https://example.com/a",)))
    crawl = first()
    crawl.pages.pop("a")
    draft, made = publish(dist, "auto", crawl, config)
    assert draft.why == "1 article withdrawn"
    assert ("a", "articles", "", "withdrawn") in listed(release.diff(dist / "news/1.0.0", made.path))


def test_a_recrawl_that_takes_the_plain_id(dist):
    """Where no fetch date tells which crawl came first, content order may hand the plain id to the newcomer."""
    crawl = first().put("a", "A second crawl of the page.").put("m", page("a")[0]["text"])
    _, made = publish(dist, "auto", crawl)
    found = {one.id: one for one in release.diff(dist / "news/1.0.0", made.path).changes}
    assert found[digest("a")].cause == "raw changed"
    assert found[digest("a")].other == digest("m")  # where the content it had is now
    assert found[digest("m")].other == digest("a")


@pytest.mark.parametrize(
    ("change", "version", "why"),
    [
        (lambda c: c, "1.0.0", "nothing changed"),
        (lambda c: c.put("l"), "1.1.0", "1 article came"),
        (lambda c: c.put("f", "Edited, and nothing else."), "1.0.1", "1 article corrected"),
        (lambda c: c.put("f", source="other.txt"), "1.0.1", "1 article moved in the raw or to another cluster"),
        (lambda c: c.reject("tiny"), "1.0.1", "1 row beside the articles changed"),
        (lambda c: c.reject("f"), "1.1.0", "1 article left for another table"),
        (lambda c: c.pages.pop("f") and c, "2.0.0", "1 article gone"),
    ],
)
def test_the_version_is_chosen_by_what_changed(dist, change, version, why):
    draft, made = publish(dist, "auto", change(first()))
    assert (draft.version, draft.why) == (version, why)
    assert (made is None) == (version == "1.0.0")


def test_a_new_description_is_a_patch(dist):
    config = replace(CONFIG, release=replace(CONFIG.release, license="cc-by-4.0"))
    assert publish(dist, "auto", first(), config)[0].version == "1.0.1"


def test_a_column_that_came_is_minor_and_one_that_went_is_major(dist):
    from corpusprep.release import manifest

    facts = manifest.read(dist / "news/1.0.0")
    _, made = publish(dist, "1.0.1", first().put("f", "Edited."))
    now = manifest.read(made.path)
    from corpusprep.release.choosing import weigh
    from corpusprep.release.diffing import compare

    came = json.loads(json.dumps(now))
    came["tables"]["articles"]["columns"]["topic"] = "string"
    old = dist / "news/1.0.0"
    assert weigh(compare(old, made.path, facts, came))[0] == "minor"
    assert weigh(compare(made.path, old, came, facts))[0] == "major"


@pytest.mark.parametrize(
    ("config", "origins", "cause"),
    [
        (CONFIG, {"fingerprints": {"cleaners": "other"}}, "cleaner or model version"),
        (replace(CONFIG, clean=replace(CONFIG.clean, appended="keep")), {}, "config"),
        (CONFIG, {"sites": {"example.com": "other"}}, "site template"),
        (
            replace(CONFIG, clean=replace(CONFIG.clean, appended="keep")),
            {"fingerprints": {"cleaners": "other"}},
            "config or cleaner or model version",
        ),
    ],
)
def test_same_raw_and_another_text_has_a_cause(dist, config, origins, cause):
    crawl = first()
    tables = crawl.tables()
    row = next(row for row in tables["articles"] if row["id"] == digest("f"))
    row["title"] = "A headline that was not seen before"
    crawl.tables = lambda: tables
    draft, made = publish(dist, "auto", crawl, config, **origins)
    assert draft.version == "1.0.1"
    (one,) = release.diff(dist / "news/1.0.0", made.path).changes
    assert (one.cause, one.columns) == (cause, ("title",))


def test_a_cluster_that_merges_may_change_sides(tmp_path):
    config = replace(CONFIG, release=ReleaseConfig(splits={"train": 0.5, "test": 0.5}))
    publish(tmp_path, "auto", first(), config)
    crawl = first().same("a", "b").same("d", "f").same("g", "h").same("i", "j")
    _, made = publish(tmp_path, "auto", crawl, config)
    diff = release.diff(tmp_path / "news/1.0.0", made.path)
    crossed = {one.id: one.split for one in diff.changes if one.split}
    assert crossed
    assert set(crossed.values()) <= {"train -> test", "test -> train"}
    assert release.verify(made.path) == []


def test_diffs_of_recovered_stories(dist):
    crawl = first()
    tables = crawl.tables()
    parent = next(row for row in tables["articles"] if row["id"] == digest("a"))
    story, _ = page("n", parent_id=parent["id"])
    story["content_sha256"] = parent["content_sha256"]
    tables["articles"].append(story)
    crawl.tables = lambda: tables
    _, made = publish(dist, "auto", crawl, CONFIG, fingerprints={"cleaners": "other"})
    assert listed(release.diff(dist / "news/1.0.0", made.path)) == {("n", "", "articles", "cleaner or model version")}


def test_what_is_told_of_the_versions_grows_by_itself(dist):
    publish(dist, "auto", first().put("l"))
    home = dist / "news"
    log = (home / "CHANGELOG.md").read_text()
    assert log.index("## 1.1.0") < log.index("## 1.0.0")
    assert (home / "diffs/1.0.0..1.1.0.json").is_file()
    (home / "CHANGELOG.md").write_text(log.replace("## 1.0.0\n", "## 1.0.0\n\nBy hand.\n"))
    publish(dist, "auto", second().put("l"))
    assert "By hand." in (home / "CHANGELOG.md").read_text()


def test_what_a_killed_publisher_left_out_is_made_up_for(dist):
    publish(dist, "auto", first().put("l"))
    home = dist / "news"
    whole = {
        path.name: path.read_bytes()
        for path in (home / "README.md", home / "CHANGELOG.md", home / "diffs/1.0.0..1.1.0.json")
    }
    for path in (home / "README.md", home / "CHANGELOG.md", home / "diffs/1.0.0..1.1.0.json", home / "latest"):
        path.unlink()
    release.settle(dist, "news")
    assert {name: next(home.rglob(name)).read_bytes() for name in whole if name != "README.md"} | {
        "README.md": (home / "README.md").read_bytes()
    } == whole
    assert (home / "latest").resolve() == (home / "1.1.0").resolve()
