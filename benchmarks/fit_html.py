"""Fit the judge of rendered pages (corpusprep/cleaners/markup.json) to pages whose article is known, or cross-validate it by site.

    python benchmarks/fit_html.py PAGES.jsonl.gz                                     # fits on all, writes markup.json
    python benchmarks/fit_html.py PAGES.jsonl.gz --folds 5 --predictions OUT.jsonl   # each page judged by weights that know not its site
    options: --set NAME (fit on it; predict the others)  --jobs N  --kept FOLDER (for the prepared pages, so that the next run need not make them)

A row of the input holds `html`, `gold_text`, `url` (or `id`), perhaps `set` and `comments` (the text of the reader thread). Needs torch, which
corpusprep itself does not. Deterministic: one thread, fixed seeds.
"""

from __future__ import annotations

import argparse
import difflib
import gzip
import hashlib
import itertools
import json
import multiprocessing
import pickle
import random
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from fit_lines import Net, fold_of, plain, site_of

from corpusprep.cleaners import markup as judging
from corpusprep.cleaners.context import Context
from corpusprep.cleaners.evidence import measure
from corpusprep.cleaners.lines import read_judge
from corpusprep.cleaners.matching import lexicon_trie, match
from corpusprep.cleaners.regions import find_regions
from corpusprep.cleaners.registry import BUILT_IN, find
from corpusprep.cleaners.words import Wording
from corpusprep.cleaning import DEFAULT, clean_document
from corpusprep.render import vote
from corpusprep.render.html import render_html

WEIGHTS = Path(judging.__file__).with_name("markup.json")
EPOCHS, BATCH, RATE, DECAY = 22, 12, 4e-3, 0.3
SEEDS = (0, 1)
"""One network is fitted for each, and all of them asked: two agree better with pages they have not seen than either does."""
LEAST = 0.25
"""Least deviation by which a column is scaled, so that a mark that few sites bear does not weigh more for being rare."""
UNVOTED = 0.35  # share of the pages that are shown without their vote, so that the judge can do without
VIEWS = ((0.15, True), (0.5, False))
"""Further views of each page: the share of what is not the article that is in it, and whether the names of elements are told. Pages differ in
how much they carry, and names may be made up by a program. A third of what the judge is shown are such views."""
REACHES = (1, 2, 4, 8)
BEFORE = list(itertools.takewhile(lambda name: name != "markup", BUILT_IN))
_WORD = re.compile(r"\w+")


class Unworded:
    """A judge's stand-in while columns are made: no wording."""

    wording = Wording.of([], {})


class Page:
    """One page: the views that the judge is shown of it, and what it should say of the page itself."""

    def __init__(self, row):
        self.id, self.set, self.site = row["id"], row.get("set"), site_of(row)
        self.url = row.get("url") or ""
        document = render_html(row["html"], url=self.url)
        self.source, self.document = row["html"], replace(document, source="")
        texts = [document.slice(block) for block in document.blocks]
        votes = vote.ask(row["html"], texts)
        labels, weights = judged(row, texts)
        rng = random.Random(self.id)
        self.views = []
        for share, named in ((1.0, True), *VIEWS) if texts else ():
            kept = chosen(document, labels, share, rng)
            if len(kept):
                shown = document if named else nameless(document)
                self.views.append(
                    View(only(shown, kept), labels[kept], weights[kept], votes and [votes[i] for i in kept])
                )


class View:
    """A page, or what is left of it: its rows without and with the vote, the label and the weight of each block."""

    def __init__(self, document, labels, weights, votes):
        context = context_of(document)
        self.labels, self.weights = labels, weights
        self.columns, self.rows = judging.columns_of(context, Unworded)
        self.voted = judging.columns_of(context, Unworded, votes)[1] if votes and any(votes) else None


def chosen(document, labels, share, rng):
    """Indices of the article's blocks and of a share of the other ones, which go by their containers: pages differ in how much they carry."""
    stays, kept = {}, []
    for index, (block, label) in enumerate(zip(document.blocks, labels.tolist(), strict=True)):
        container = (label, block.markup.path.rpartition("/")[0].rpartition("/")[0])
        if container not in stays:
            stays[container] = rng.random() < share
        if label == 0 or stays[container]:
            kept.append(index)
    return np.array(kept, int)


def nameless(document):
    """A document without the names of its elements."""
    return replace(document, blocks=tuple(replace(b, markup=replace(b.markup, names="")) for b in document.blocks))


def only(document, kept):
    """A document of some of another's blocks."""
    texts, blocks, at = [], [], 0
    for before, index in itertools.pairwise([-1, *kept.tolist()]):
        block = document.blocks[index]
        if blocks:
            near = document.blocks[before].end + 1 == block.start
            texts.append("\n" if near else "\n\n")
            at += len(texts[-1])
        texts.append(document.slice(block))
        blocks.append(replace(block, start=at, end=at + len(texts[-1])))
        at += len(texts[-1])
    return replace(document, text="".join(texts), blocks=tuple(blocks), source="")


def context_of(document):
    evidence = measure(document)
    phrases, regions = match(lexicon_trie(), evidence), find_regions(evidence)
    claims = []
    for name in BEFORE if document.blocks else ():
        context = Context(document, evidence, phrases, regions, DEFAULT, tuple(claims))
        claims.extend((name, claim) for claim in find(name)(context))
    return Context(document, evidence, phrases, regions, DEFAULT, tuple(claims))


def judged(row, texts):
    """The label of each block (0 body, 1 comment, 2 other), and how many per cent of the article its words are."""
    words = [_WORD.findall(text) for text in texts]
    sizes = np.array([len(each) for each in words])
    gold = _WORD.findall(row["gold_text"])
    headed = len(_WORD.findall(header(row)))
    in_gold = aligned(words, gold)
    body = np.array([len(each) for each in in_gold])
    in_head = np.array([sum(place < headed for place in each) for each in in_gold])
    thread = np.array([len(each) for each in aligned(words, _WORD.findall(row.get("comments") or ""))])
    labels = np.where(body * 2 >= np.maximum(sizes, 1), 0, np.where(thread * 2 >= np.maximum(sizes, 1), 1, 2))
    weights = np.minimum(sizes / max(len(gold), 60), 0.5) * 100
    weights[(in_head > 0) & (in_head * 2 >= body)] = 0  # gold is of two minds about headlines
    return labels, weights + 0.02 * (sizes > 0)


def header(row):
    """The leading short lines of a gold text: headline, byline, date, where a set keeps them."""
    lines = []
    for line in row["gold_text"].splitlines() if row.get("set") == "dragnet" else []:
        if len(line.split()) > 14 or line.rstrip().endswith((".", "!", "?", '"', "”")):
            break
        lines.append(line)
    return "\n".join(lines)


def aligned(words, reference):
    """By block, the places in a reference text that its words are matched with, in order."""
    flat = list(itertools.chain.from_iterable(words))
    owners = list(itertools.chain.from_iterable([number] * len(each) for number, each in enumerate(words)))
    places = [[] for _ in words]
    matcher = difflib.SequenceMatcher(None, flat, reference, autojunk=False)
    for start, place, size in matcher.get_matching_blocks():
        for step in range(size):
            places[owners[start + step]].append(place + step)
    return places


def fit(pages, seeds=SEEDS):
    """The table that markup.json holds."""
    every = np.concatenate([page.views[0].rows for page in pages if page.views]).astype(np.float64)
    mean, deviation = every.mean(axis=0).round(5), np.maximum(every.std(axis=0).round(5), LEAST)
    votes = len(judging.VOTES)
    mean[-votes:], deviation[-votes:] = 0.0, 1.0
    nets = [fit_net(pages, mean, deviation, seed) for seed in seeds]
    return {
        "columns": list(next(page.views[0].columns for page in pages if page.views)),
        "mean": mean.tolist(),
        "deviation": deviation.tolist(),
        **side_by_side(nets),
        "wording": {"names": [], "weights": {}},
    }


def side_by_side(nets):
    """Several networks as one, which says what they say on average (of the scores before they are made likelihoods)."""
    layers = []
    for number, reach in enumerate(REACHES):
        weights = [[net.layers[number].weight[:, :, k].T for net in nets] for k in range(3)]
        bias = torch.cat([net.layers[number].bias for net in nets])
        layers.append(
            {
                "reach": reach,
                "weights": plain(torch.cat([torch.block_diag(*each) for each in weights])),
                "bias": plain(bias),
            }
        )
    return {
        "entry": {
            "weights": plain(torch.cat([net.entry.weight[:, :, 0].T for net in nets], dim=1)),
            "bias": plain(torch.cat([net.entry.bias for net in nets])),
        },
        "layers": layers,
        "exit": {
            "weights": plain(torch.cat([net.exit.weight[:, :, 0].T for net in nets]) / len(nets)),
            "bias": plain(sum(net.exit.bias for net in nets) / len(nets)),
        },
    }


def fit_net(pages, mean, deviation, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = random.Random(seed)
    pages = [page for page in pages if page.views]
    net = Net(len(mean))
    steps = EPOCHS * -(-len(pages) // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        views = [page.views[0] if rng.random() < 0.5 else rng.choice(page.views) for page in pages]
        views.sort(key=lambda view: len(view.labels) + 20 * rng.random())
        batches = [views[at : at + BATCH] for at in range(0, len(views), BATCH)]
        rng.shuffle(batches)
        for batch in batches:
            shown = [view.rows if view.voted is None or rng.random() < UNVOTED else view.voted for view in batch]
            inputs, mask, labels, weight = padded([np.clip((each - mean) / deviation, -5, 5) for each in shown], batch)
            losses = torch.nn.functional.cross_entropy(
                net(inputs, mask), labels, reduction="none", label_smoothing=0.03
            )
            loss = (losses * weight).sum() / weight.sum()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
    return net.eval()


def padded(rows, views):
    longest = max(len(each) for each in rows)
    inputs = np.zeros((len(rows), rows[0].shape[1], longest), np.float32)
    mask = np.zeros((len(rows), 1, longest), np.float32)
    labels = np.zeros((len(rows), longest), int)
    weight = np.zeros((len(rows), longest), np.float32)
    for number, (each, view) in enumerate(zip(rows, views, strict=True)):
        count = len(each)
        inputs[number, :, :count], mask[number, 0, :count] = each.T, 1
        labels[number, :count], weight[number, :count] = view.labels, view.weights
    return tuple(map(torch.from_numpy, (inputs, mask, labels, weight)))


def prepared(path, jobs, folder):
    """The pages of a file; with a folder to keep them in, made once for each state of the code that makes them."""
    if folder is None:
        with gzip.open(path, "rt", encoding="utf-8") as file, multiprocessing.Pool(jobs) as pool:
            return list(pool.imap(Page, map(json.loads, file), chunksize=4))
    state = hashlib.sha256(path.read_bytes())
    for folder_of_code in ("cleaners", "render"):
        for file in sorted((WEIGHTS.parents[1] / folder_of_code).glob("**/*.*")):
            state.update(file.read_bytes() if file != WEIGHTS and file.suffix != ".pyc" else b"")
    kept = folder / f"pages-{state.hexdigest()[:16]}.pickle"
    if kept.exists():
        return pickle.loads(kept.read_bytes())  # noqa: S301 - our own
    pages = prepared(path, jobs, None)
    kept.write_bytes(pickle.dumps(pages))
    return pages


def predict(table, pages, out):
    judge = read_judge(table)
    judging.fitted = lambda: judge
    for page in pages:
        cleaned = clean_document(replace(page.document, source=page.source))
        out.write(json.dumps({"key": f"{page.id}/html", "text": cleaned.text}) + "\n")
    out.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--set")
    parser.add_argument("--predictions", type=Path)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    sys.setrecursionlimit(10_000)
    pages = prepared(args.pages, args.jobs, args.kept)
    print(len(pages), "pages", flush=True)
    if not args.predictions:
        WEIGHTS.write_text(json.dumps(fit(pages)).replace('], "', '],\n"') + "\n", encoding="utf-8")
        return
    with args.predictions.open("w", encoding="utf-8") as out:
        if args.set:
            table = fit([page for page in pages if page.set == args.set])
            predict(table, [page for page in pages if page.set != args.set], out)
        for fold in range(args.folds):
            table = fit([page for page in pages if fold_of(page.site, args.folds) != fold])
            predict(table, [page for page in pages if fold_of(page.site, args.folds) == fold], out)
            print("fold", fold, "done", flush=True)


if __name__ == "__main__":
    main()
