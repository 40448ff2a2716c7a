"""Copies and components by tasks: the same as in memory."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_corpus import story

import corpusprep
from corpusprep import building
from corpusprep.building import grouping, matching
from corpusprep.building.components import connect, roots, spread_edges
from corpusprep.building.shards import Shard
from corpusprep.building.store import Store

NODES = st.integers(0, 60)


def by_union_find(edges):
    parent = {}

    def find(node):
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    for one, other in edges:
        low, high = sorted((find(one), find(other)))
        parent[high] = low
    return {node: find(node) for node in parent}


def found(folder, edges, parts, in_memory):
    store = Store(folder)
    files = []
    for number in range(3):  # as three tasks would have written them
        some = np.array(edges[number::3], np.int64).reshape(-1, 2)
        spread_edges(store, f"edges-{number}.arrow", some[:, 0], some[:, 1], parts)
        files.append(f"edges-{number}.arrow")
    connect(store, files, parts, map, in_memory=in_memory)
    rows = [row for part in range(parts) for row in roots(store, part).to_pylist()]
    assert len({row["node"] for row in rows}) == len(rows)
    return {row["node"]: row["root"] for row in rows}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(NODES, NODES).filter(lambda edge: edge[0] != edge[1]), max_size=70), st.integers(1, 4))
def test_components_are_those_of_union_find(tmp_path_factory, edges, parts):
    wanted = by_union_find(edges)
    for limit in (1000, -1):
        assert found(tmp_path_factory.mktemp("edges"), edges, parts, limit) == wanted


@pytest.mark.parametrize("limit", [10**6, -1])
def test_a_long_path_is_one_component(tmp_path, limit):
    nodes = list(range(3_000))
    random.Random(5).shuffle(nodes)
    edges = list(itertools.pairwise(nodes))
    assert set(found(tmp_path, edges, 3, limit).values()) == {0}


def write_copies(folder):
    """Stories with copies of many kinds: edited once and again, shortened, and one that forty sites carry."""
    rng = random.Random(3)
    rows = []
    for number in range(60):
        text = story(number, 16)
        rows.append({"id": f"{number}", "url": f"https://{number % 7}.example/{number}", "text": text})
        for copy in range(40 if number == 7 else number % 5):
            lines = text.split(" ")
            for _ in range(1 + copy % 5):
                lines[rng.randrange(len(lines))] = rng.choice(["blue", "tall", "wise"])
            if copy == 3:
                lines = lines[: len(lines) * 2 // 3]
            text = " ".join(lines)
            rows.append({"id": f"{number}-{copy}", "url": f"https://{copy}.example/{number}-{copy}", "text": text})
    rng.shuffle(rows)
    folder.mkdir()
    for part in range(6):
        lines = [json.dumps(row) + "\n" for row in rows[part::6]]
        (folder / f"{part}.jsonl").write_text("".join(lines), encoding="utf-8")
    return len(rows)


def test_copies_are_the_same_however_they_are_found(tmp_path, monkeypatch):
    records = write_copies(tmp_path / "raw")
    whole = corpusprep.build(tmp_path / "raw", tmp_path / "whole", name="news", workers=0)
    assert 80 < whole.counts["duplicates"] < records
    monkeypatch.setattr(matching, "_AT_ONCE", 0)
    sizes = grouping.Sizes(chunks=2, sketched=50, matched=20)
    stages = []

    def in_groups(store, *given):
        found = grouping.match_in_groups(store, *given, sizes)
        stages.extend(path.name for path in store.root.iterdir())
        return found

    monkeypatch.setattr(matching, "match_in_groups", in_groups)
    monkeypatch.setattr(building, "cut", lambda parts: [Shard(f"{n:05}", (part,)) for n, part in enumerate(parts)])
    parts = corpusprep.build(tmp_path / "raw", tmp_path / "parts", name="news", workers=0)
    assert {"groups", "components"} <= set(stages)
    assert Path(parts.path, "SHA256SUMS").read_text() == Path(whole.path, "SHA256SUMS").read_text()
