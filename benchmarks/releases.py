"""What a release costs to write, and how many of its bytes the one before had already.

    python benchmarks/releases.py [ARTICLES]

Writes an invented corpus, the same with 1% and 3% newer articles, and the same with 1% of the texts edited; prints speed, peak
memory, bytes, and the share of bytes that a store that knows the first release would have to take anew: by whole files, and
by chunks of about 64 KB with edges set by content, as the Hub's store has them.
"""

import hashlib
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from corpusprep import release
from corpusprep.config import Config
from corpusprep.release.schemas import batch

WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("", "n", "rd", "st", "ll", "m")]
DAY = 86_400


def rows(number, newest):
    rng = random.Random(number)
    text = " ".join(rng.choices(WORDS, k=rng.randint(150, 700)))
    id_ = hashlib.sha256(str(number).encode()).hexdigest()[:32]
    days = rng.randint(0, 3650) if number < newest else 3650 + (number - newest) % 10
    date = time.strftime("%Y-%m-%d", time.gmtime(1_400_000_000 + days * DAY)) if number % 20 else ""
    source = f"part-{number // 10_000:04}.jsonl.gz"
    where = {"id": id_, "source": source, "record": number % 10_000, "content_sha256": id_ * 2}
    article = where | {"site": f"site{number % 50}.example", "published": date, "text": text, "title": text[:60]}
    article |= {
        "n_chars": len(text),
        "n_words": text.count(" ") + 1,
        "cluster_id": id_,
        "cluster_size": 1,
        "parent_id": "",
    }
    article |= {"language": "en", "url": f"https://site{number % 50}.example/{id_}"}
    whole = text + "\n\n" + " ".join(rng.choices(WORDS, k=120))
    span = {"story": 0, "cleaner": "default", "reason": "unclaimed", "evidence": "", "score": 0.5}
    body = span | {"start": 0, "end": len(text), "label": "body"}
    rest = span | {"start": len(text), "end": len(whole), "label": "navigation"}
    return article, where | {"decoding": ["utf-8"], "text": whole, "spans": [body, rest]}


def tables(count, newest, edited):
    def batches(which, table):
        for start in range(0, count, 1_000):
            made = [rows(number, newest)[which] for number in range(start, min(start + 1_000, count))]
            for number, row in enumerate(made, start):
                if edited and number % edited == 0:
                    row["text"] = "Corrected. " + row["text"]
            yield batch(table, made)

    return {"articles": batches(0, "articles"), "raw": batches(1, "raw")}


def chunks(path):
    """Digest and length of chunks whose edges depend on the bytes before them alone (a gear hash, as in FastCDC)."""
    gears = np.random.default_rng(0).integers(0, 2**32, 256, dtype=np.uint64)
    data = path.read_bytes()
    gear = gears[np.frombuffer(data, dtype=np.uint8)]
    rolled = np.zeros(len(data), dtype=np.uint64)
    for shift in range(16):
        rolled[shift:] += gear[: len(gear) - shift] << np.uint64(shift)
    start = 0
    for end in [*(np.flatnonzero((rolled >> np.uint64(16)) % 65_536 == 0) + 1).tolist(), len(data)]:
        yield hashlib.sha256(data[start:end]).digest(), end - start
        start = end


def new_share(old, new):
    files = {hashlib.sha256(path.read_bytes()).digest() for path in old.rglob("*.parquet")}
    known = {digest for path in old.rglob("*.parquet") for digest, _ in chunks(path)}
    total = whole = parts = 0
    for path in new.rglob("*.parquet"):
        size = path.stat().st_size
        total += size
        whole += size * (hashlib.sha256(path.read_bytes()).digest() not in files)
        parts += sum(length for digest, length in chunks(path) if digest not in known)
    return total, whole / total, parts / total


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    more = {"1% newer": count + count // 100, "3% newer": count + count * 3 // 100}
    plans = [("first", count, 0), *((name, size, 0) for name, size in more.items()), ("1% edited", count, 100)]
    with tempfile.TemporaryDirectory() as folder:
        for name, size, edited in plans:
            start, target = time.process_time(), Path(folder) / name
            release.write(target, tables(size, count, edited), name="bench", version="1.0.0", config=Config())
            seconds = time.process_time() - start
            if name == "first":  # later on the peak is that of `chunks`
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(f"{size / seconds:,.0f} articles a CPU second, inventing them included; peak {peak:,.0f} MB")
            total, whole, parts = new_share(Path(folder) / "first", target)
            print(
                f"{name}: {size:,} articles, {total / 1e6:,.1f} MB; new by files {whole:.1%}, by chunks {parts:.1%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
