"""A small invented corpus as the tables of a release, for the tests of corpusprep.release."""

import hashlib
import random
from unittest import mock

from corpusprep import release
from corpusprep.config import Config, ReleaseConfig
from corpusprep.document import Article, Rejected
from corpusprep.release.schemas import article_row, batch, rejected_row

CONFIG = Config(release=ReleaseConfig(license="cc0-1.0", pretty_name="Example news"))
WORDS = [
    "harbour",
    "council",
    "bridge",
    "storm",
    "ferry",
    "market",
    "school",
    "river",
    "budget",
    "tower",
    "orchard",
    "signal",
    "museum",
    "tram",
    "vote",
]


def digest(text, length=32):
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def span(start, end, label, cleaner="default", reason="unclaimed"):
    where = {"start": start, "end": end, "label": label, "story": 0}
    return where | {"cleaner": cleaner, "reason": reason, "evidence": "", "score": 0.5}


def page(key, published="2024-03-01", text=None, site="example.com", **more):
    """One page: its article row and its raw row. `key` is what its id is made of."""
    rng = random.Random(key)
    body = text or ". ".join(" ".join(rng.choices(WORDS, k=12)) for _ in range(5)).capitalize() + "."
    comments = "Well said! - Ann"
    whole = f"{body}\n\n{comments}"
    content = digest(whole, 64)
    article = Article(
        id=digest(key), source=more.pop("source", f"pages/{key}.txt"), record=0, content_sha256=content, text=body, site=site,
        url=f"https://{site}/{key}", published=published, language="en", language_score=0.99, n_chars=len(body),
        n_words=len(body.split()), cluster_id=more.pop("cluster_id", digest(key)), **more,
    )  # fmt: skip
    spans = [
        span(0, len(body) + 2, "body"),
        {**span(len(body) + 2, len(whole), "comments", "comments", "thread"), "evidence": comments},
    ]
    raw = {"id": article.id, "source": article.source, "record": 0, "content_sha256": content, "decoding": ["utf-8"],
           "text": whole, "spans": spans}  # fmt: skip
    return article_row(article), raw


def copy_of(row, key, relation="duplicate"):
    """A copy of an article that left: its row in duplicates and its raw row."""
    text = row["text"]
    source = f"pages/{key}.txt"
    raw = {"id": digest(key), "source": source, "record": 0, "content_sha256": digest(text + key, 64), "decoding": ["utf-8"],
           "text": text, "spans": [span(0, len(text), "body")]}  # fmt: skip
    return {"id": digest(key), "source_id": "", "source": source, "record": 0, "kept_id": row["id"], "kept_source_id": "",
            "cluster_id": row["cluster_id"], "relation": relation, "method": "exact", "resemblance": 1.0, "containment": 1.0,
            "evidence": "the same words",
            "parent_id": "", "content_sha256": raw["content_sha256"]}, raw  # fmt: skip


def rejected(key, stage="article", reason="too-short"):
    return rejected_row(Rejected(stage, reason, "12 words", id=digest(key), source=f"pages/{key}.txt"))


def corpus(count=40, seed=0):
    """Tables as rows: `count` pages over three years, every tenth undated; a copy of each eighth; five rejected."""
    rng = random.Random(seed)
    tables = {"articles": [], "raw": [], "duplicates": [], "rejected": [rejected(f"bad{i}") for i in range(5)]}
    for number in range(count):
        published = (
            "" if number % 10 == 0 else f"20{rng.randint(22, 24)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        )
        article, raw = page(f"page{number}", published)
        tables["articles"].append(article)
        tables["raw"].append(raw)
        if number % 8 == 0:
            row, text = copy_of(article, f"copy{number}")
            article["cluster_size"] = 2
            tables["duplicates"].append(row)
            tables["raw"].append(text)
    return tables


def batches(tables, size=7):
    """Rows as batches, as `release.write` takes them."""
    return {
        name: [batch(name, rows[at : at + size]) for at in range(0, len(rows), size)] for name, rows in tables.items()
    }


def make(dist, version="1.0.0", tables=None, config=CONFIG, name="news"):
    """Write and publish; without waiting for the disk, which only a power cut would tell apart."""
    release.check_version(dist, name, version)
    with mock.patch("os.fsync"), release.stage(dist, name) as staging:
        release.write(staging, batches(tables or corpus()), name=name, version=version, config=config)
        return release.publish(staging, dist, name, version)
