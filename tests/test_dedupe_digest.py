"""The same is found in any order, by any number of workers, in any run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def said(script, *options, **environment):
    command = [sys.executable, str(BENCHMARKS / script), *map(str, options)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("digest") / "corpus.parquet"
    said("dedupe_corpus.py", "--count", 600, "--seed", 7, "--out", path)
    return path


def test_digest_of_what_is_found(corpus):
    once = said("dedupe_digest.py", corpus, PYTHONHASHSEED="1")
    assert int(once.split()[1]) > 50
    assert said("dedupe_digest.py", corpus, "--order", 3, "--rows", 37, PYTHONHASHSEED="2", TZ="Asia/Tokyo") == once
    assert said("dedupe_digest.py", corpus, "--order", 4, "--rows", 90, "--workers", 2, LC_ALL="C") == once
    assert said("dedupe_digest.py", corpus, "--rows", 101, "--workers", 3, OMP_NUM_THREADS="4") == once
