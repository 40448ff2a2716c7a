"""Fit the judge of lines (corpusprep/cleaners/lines.json) to labelled pages, or cross-validate it by site.

    python benchmarks/fit_lines.py LABELLED.jsonl.gz                 # fits on all, writes lines.json
    python benchmarks/fit_lines.py LABELLED.jsonl.gz --folds 5 --predictions OUT.jsonl

A row of the input holds `text`, `url` (or `id`) and `labels`: [[line, "body" | "comments" | "other"], ...], lines split at "\\n" and
counted from 1. Needs torch and scikit-learn, which corpusprep itself does not. Deterministic: one thread, fixed seeds.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import itertools
import json
import random
import re
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import scipy.sparse
import torch
from sklearn.linear_model import SGDClassifier

from corpusprep.cleaners import lines as judging
from corpusprep.cleaners.context import Context
from corpusprep.cleaners.evidence import measure
from corpusprep.cleaners.features import features
from corpusprep.cleaners.lexicon import fold
from corpusprep.cleaners.matching import lexicon_trie, match
from corpusprep.cleaners.regions import find_regions
from corpusprep.cleaners.registry import BUILT_IN, find
from corpusprep.cleaners.words import Wording
from corpusprep.cleaning import DEFAULT, clean_document
from corpusprep.render.text import render_text

WEIGHTS = Path(judging.__file__).with_name("lines.json")
HIDDEN, REACHES, EPOCHS, BATCH = 24, (1, 2, 4, 8), 20, 12
BEFORE = list(itertools.takewhile(lambda name: name != "lines", BUILT_IN))


def site_of(row):
    host = urlsplit(row.get("url") or "").hostname or str(row.get("id"))
    parts = host.split(".")
    keep = 3 if len(parts) > 2 and len(parts[-2]) <= 3 else 2
    return ".".join(parts[-keep:])


def fold_of(name, folds):
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % folds


def label_blocks(row, document):
    """The label of each block: that of most of its lines."""
    given = {number: judging.CLASSES.index(label) for number, label in row["labels"]}
    starts = np.cumsum([0] + [len(line) + 1 for line in row["text"].split("\n")])
    labels = []
    for block in document.blocks:
        first, last = np.searchsorted(starts, [block.start, block.end - 1], "right")
        votes = Counter(given.get(number, judging.OTHER) for number in range(first, last + 1))
        labels.append(votes.most_common(1)[0][0])
    return np.array(labels, int)


class Page:
    """One labelled page: its context, its labels, its words."""

    def __init__(self, row):
        self.row, self.site = row, site_of(row)
        document = render_text(row["text"])
        evidence = measure(document)
        phrases, regions = match(lexicon_trie(), evidence), find_regions(evidence)
        claims = []
        for name in BEFORE:
            context = Context(document, evidence, phrases, regions, DEFAULT, tuple(claims))
            claims.extend((name, claim) for claim in find(name)(context))
        self.context = Context(document, evidence, phrases, regions, DEFAULT, tuple(claims))
        self.labels = label_blocks(row, document)
        self.weights = np.sqrt([block.end - block.start for block in document.blocks])
        self.words = [wordings(text) for text in evidence.texts]


def wordings(text):
    found = re.findall(r"[^\W\d_]+", fold(text))
    return set(found) | {" ".join(pair) for pair in itertools.pairwise(found)}


def vocabulary(pages, sites=4):
    where = defaultdict(set)
    for page in pages:
        for words in page.words:
            for word in words:
                if len(where[word]) < sites:
                    where[word].add(page.site)
    return {word: number for number, word in enumerate(sorted(w for w, found in where.items() if len(found) >= sites))}


def fit_wording(pages, keep=12000):
    """Weights of words: body and comments, each against other."""
    index = vocabulary(pages)
    rows, columns, data = [], [], []
    for number, words in enumerate(itertools.chain.from_iterable(page.words for page in pages)):
        known = sorted(words & index.keys())
        rows += [number] * len(known)
        columns += [index[word] for word in known]
        data += [max(len(words), 1) ** -0.5] * len(known)
    shape = (sum(len(page.words) for page in pages), len(index))
    matrix = scipy.sparse.csr_matrix((data, (rows, columns)), shape, dtype=np.float32)
    labels = np.concatenate([page.labels for page in pages])
    weight = np.concatenate([page.weights for page in pages])
    model = SGDClassifier("log_loss", alpha=3e-6, max_iter=6, tol=None, random_state=0, average=True)
    model.fit(matrix, labels, sample_weight=weight / weight.mean())
    contrast = (model.coef_ - model.coef_[judging.OTHER]).T[:, : judging.OTHER]
    strongest = np.argsort(-np.abs(contrast).max(axis=1), kind="stable")[:keep]
    names = list(index)
    return {names[i]: [round(float(x), 2) for x in contrast[i]] for i in sorted(strongest.tolist())}


def as_wording(weights):
    return Wording.of(judging.CLASSES[: judging.OTHER], weights)


class Net(torch.nn.Module):
    def __init__(self, columns):
        super().__init__()
        self.entry = torch.nn.Conv1d(columns, HIDDEN, 1)
        self.layers = torch.nn.ModuleList(torch.nn.Conv1d(HIDDEN, HIDDEN, 3, padding=r, dilation=r) for r in REACHES)
        self.exit = torch.nn.Conv1d(HIDDEN, 3, 1)
        self.drop, self.drop_input = torch.nn.Dropout(0.3), torch.nn.Dropout(0.15)

    def forward(self, rows, mask):
        hidden = torch.relu(self.entry(self.drop_input(rows))) * mask
        for layer in self.layers:
            hidden = (hidden + torch.relu(layer(self.drop(hidden)))) * mask
        return self.exit(self.drop(hidden))


def fit_net(rows, pages, seed=0):
    """The network; `rows` are scaled."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = random.Random(seed)
    net = Net(rows[0].shape[1])
    order = [i for i, page in enumerate(pages) if len(page.labels)]
    steps = EPOCHS * -(-len(order) // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), 4e-3, weight_decay=0.3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for _ in range(EPOCHS):
        shuffled = sorted(order, key=lambda i: len(pages[i].labels) + 20 * rng.random())
        batches = [shuffled[at : at + BATCH] for at in range(0, len(shuffled), BATCH)]
        rng.shuffle(batches)
        for batch in batches:
            inputs, mask, labels, weight = padded([rows[i] for i in batch], [pages[i] for i in batch])
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


def padded(rows, pages):
    longest = max(len(each) for each in rows)
    inputs = np.zeros((len(rows), rows[0].shape[1], longest), np.float32)
    mask = np.zeros((len(rows), 1, longest), np.float32)
    labels = np.zeros((len(rows), longest), int)
    weight = np.zeros((len(rows), longest), np.float32)
    for number, (each, page) in enumerate(zip(rows, pages, strict=True)):
        count = len(each)
        inputs[number, :, :count], mask[number, 0, :count] = each.T, 1
        labels[number, :count], weight[number, :count] = page.labels, page.weights / page.weights.sum() ** 0.5
    return tuple(map(torch.from_numpy, (inputs, mask, labels, weight)))


def fit(pages):
    """The table that lines.json holds. Wording is scored out of fold, so that the network does not trust it too far."""
    parts = [[page for page in pages if fold_of(page.site + "/wording", 3) == part] for part in range(3)]
    scored, names = {}, ()
    for part in range(3):
        wording = as_wording(fit_wording([page for other in range(3) if other != part for page in parts[other]]))
        for page in parts[part]:
            names, scored[id(page)] = features(page.context, wording)
    rows = [scored[id(page)] for page in pages]
    every = np.concatenate(rows).astype(np.float64)
    mean, deviation = every.mean(axis=0).round(5), every.std(axis=0).round(5) + 1e-3
    scaled = [np.clip((each - mean) / deviation, -5, 5).astype(np.float32) for each in rows]
    net = fit_net(scaled, pages)
    return {
        "columns": list(names),
        "mean": mean.tolist(),
        "deviation": deviation.tolist(),
        "entry": {"weights": plain(net.entry.weight[:, :, 0].T), "bias": plain(net.entry.bias)},
        "layers": [
            {
                "reach": reach,
                "weights": plain(torch.cat([layer.weight[:, :, k].T for k in range(3)])),
                "bias": plain(layer.bias),
            }
            for reach, layer in zip(REACHES, net.layers, strict=True)
        ],
        "exit": {"weights": plain(net.exit.weight[:, :, 0].T), "bias": plain(net.exit.bias)},
        "wording": {"names": list(judging.CLASSES[: judging.OTHER]), "weights": fit_wording(pages)},
    }


def plain(tensor):
    values = tensor.detach().numpy().astype(np.float64)
    return np.vectorize(lambda x: float(f"{x:.4g}"))(values).tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labelled")
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--only", type=int, nargs="*", help="folds to run")
    parser.add_argument("--predictions", type=Path)
    args = parser.parse_args()
    with gzip.open(args.labelled, "rt", encoding="utf-8") as file:
        pages = [Page(row) for row in map(json.loads, file) if row["text"].strip()]
    print(len(pages), "pages", flush=True)
    if not args.folds:
        text = json.dumps(fit(pages), ensure_ascii=False)
        WEIGHTS.write_text(text.replace('], "', '],\n"') + "\n", encoding="utf-8")
        return
    with args.predictions.open("w", encoding="utf-8") as out:
        for fold in args.only or range(args.folds):
            judge = judging.read_judge(fit([page for page in pages if fold_of(page.site, args.folds) != fold]))
            judging.fitted = lambda judge=judge: judge
            for page in pages:
                if fold_of(page.site, args.folds) == fold:
                    text = clean_document(page.context.document).text
                    out.write(
                        json.dumps({"key": f"{page.row['id']}/{page.row.get('flattener', 'html')}", "text": text})
                        + "\n"
                    )
            out.flush()
            print("fold", fold, "done", flush=True)


if __name__ == "__main__":
    main()
