"""The functions for use from Python."""

from __future__ import annotations

import subprocess
import sys

import pytest

import corpusprep
from corpusprep import Cleaned, InputError, Rejected
from corpusprep.library import _Chunk, _clean_chunk

STORY = (
    "Skip to content\n\nFerry sails again\n\nThe ferry between Aldmoor and the mainland sailed again on Monday, six weeks after "
    "a storm broke its pier.\n\nFishermen had carried their catch across in small boats until then, the council said.\n\n"
    "Subscribe to our newsletter\n"
)


def test_clean_tells_the_article_from_the_rest():
    cleaned = corpusprep.clean(STORY)
    assert "sailed again on Monday" in cleaned.text
    assert "Skip to content" not in cleaned.text
    assert "".join(cleaned.document.slice(span) for span in cleaned.spans) == STORY


def test_clean_takes_bytes_and_html():
    page = f"<html><body><article>{''.join(f'<p>{line}</p>' for line in STORY.split(chr(10)) if line)}</article></body></html>"
    assert "sailed again on Monday" in corpusprep.clean(page.encode()).text
    assert "sailed again on Monday" in corpusprep.clean(STORY.encode("utf-16")).text


def test_clean_says_what_is_no_text():
    with pytest.raises(corpusprep.CorpusprepError):
        corpusprep.clean(b"\x89PNG\r\n\x1a\n" + bytes(100))


@pytest.mark.parametrize("workers", [0, 2])
def test_clean_many_keeps_the_order_and_names_the_bad(workers):
    records = [STORY, b"\x89PNG\r\n\x1a\n" + bytes(100), {"text": STORY, "url": "https://a.example/1"}, {"body": "?"}]
    found = list(corpusprep.clean_many((record for record in records * 20), workers=workers))
    assert len(found) == 80
    for start in range(0, 80, 4):
        good, binary, mapped, empty = found[start : start + 4]
        assert isinstance(good, Cleaned)
        assert isinstance(mapped, Cleaned)
        assert good.text == mapped.text
        assert mapped.document.url == "https://a.example/1"
        assert isinstance(binary, Rejected)
        assert (binary.reason, binary.record) == ("binary", start + 1)
        assert isinstance(empty, Rejected)
        assert (empty.reason, empty.record) == ("no-text", start + 3)


def test_what_a_worker_died_at_is_named():
    found = _clean_chunk(_Chunk((STORY, STORY), 10, corpusprep.Config()).without(1, "crashed"))
    assert isinstance(found[0], Cleaned)
    assert found[1] == Rejected("clean", "crashed", record=11)


def test_clean_batch_makes_columns():
    batch = {"text": [STORY, "\x00\x01\x02" * 20], "url": ["https://a.example/1", ""], "other": [1, 2]}
    table = corpusprep.clean_batch(batch)
    assert all(len(column) == 2 for column in table.values())
    assert "other" not in table
    assert "sailed again" in table["text"][0]
    assert table["rejected"][0] == ""
    with pytest.raises(InputError, match="neither"):
        corpusprep.clean_batch({"body": [STORY]})


def test_clean_batch_serves_datasets():
    datasets = pytest.importorskip("datasets")
    table = datasets.Dataset.from_dict({"text": [STORY] * 3, "n": [1, 2, 3]})
    cleaned = table.map(corpusprep.clean_batch, batched=True)
    assert cleaned["n"] == [1, 2, 3]
    assert "Skip to content" not in cleaned[0]["text"]


def test_every_public_name_is_there():
    for name in corpusprep.__all__:
        assert getattr(corpusprep, name) is not None
    assert set(corpusprep.__all__) <= set(dir(corpusprep))
    with pytest.raises(AttributeError, match="nothing"):
        corpusprep.nothing  # noqa: B018


def test_importing_the_package_loads_no_heavy_library():
    code = (
        "import sys, corpusprep; "
        "print(*{'datasets', 'pyarrow', 'trafilatura', 'langdetect', 'numpy', 'lxml', 'ftfy', 'fsspec'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
