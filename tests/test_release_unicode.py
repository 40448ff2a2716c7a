"""Whatever the text, a release gives it back, and keeps its account of it."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from release_corpus import CONFIG, batches, digest, page, span

from corpusprep import release
from corpusprep.release.parquet import canonical
from corpusprep.release.schemas import batch

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)


@settings(max_examples=15, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=20), st.data())
def test_restore_gives_back_any_text(texts, data):
    tables = {"articles": [], "raw": []}
    for number, text in enumerate(texts):
        article, raw = page(f"p{number}")
        cut = data.draw(st.integers(0, len(text)))
        raw["text"] = text
        raw["spans"] = [
            span(*edges, label)
            for *edges, label in ((0, cut, "body"), (cut, len(text), "promo"))
            if edges[0] < edges[1]
        ]
        article |= {"text": text[:cut], "n_chars": cut}
        tables["articles"].append(article)
        tables["raw"].append(raw)
    with tempfile.TemporaryDirectory() as folder:
        release.write(Path(folder), batches(tables), name="news", version="1.0.0", config=CONFIG)
        for number, text in enumerate(texts):
            assert release.restore(folder, digest(f"p{number}")) == text
        assert release.verify(folder) == []


@given(TEXT)
def test_canonical_rows_tell_texts_apart(text):
    rows = batch("raw", [{"id": "a", "text": text}, {"id": "a", "text": text + "x"}])
    one, other = canonical(rows)
    assert one != other
    assert "\n" not in one
