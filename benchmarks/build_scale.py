"""Memory and time of a build as the corpus grows: peak memory of the main process and of its largest worker, by pass.

    python benchmarks/build_scale.py 10000 100000 [--workers 2] [--folder /tmp/scale]

For each number of records a corpus of invented stories is written (some 900 characters, a site for every fifty, one in twenty a
copy with small edits, dates over ten years), built, and removed. Linux only: memory is read from /proc.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import corpusprep

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILE = 50_000  # records in a file
_WHO = "bakers council miners teachers sailors gardeners drivers nurses farmers clerks painters divers".split()  # noqa: SIM905
_DID = "opened repaired sold painted counted lost found moved measured closed flooded inspected".split()  # noqa: SIM905
_WHAT = "bridge harbour archive orchard tunnel market lighthouse granary railway fountain tower quarry".split()  # noqa: SIM905
_FURNITURE = ("Skip to content", "Home | News | Sport | Weather", "Share this story")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="+", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/corpusprep-scale"))  # noqa: S108
    arguments = parser.parse_args()
    for records in arguments.records:
        raw = arguments.folder / "raw"
        shutil.rmtree(arguments.folder, ignore_errors=True)
        write(raw, records)
        measure(raw, arguments.folder / "dist", records, arguments.workers)
        shutil.rmtree(arguments.folder)


def measure(raw: Path, dist: Path, records: int, workers: int) -> None:
    watch = Watch()
    start = time.monotonic()
    built = corpusprep.build(raw, dist, name="scale", version="1.0.0", workers=workers, progress=watch)
    watch.stop()
    seconds = time.monotonic() - start
    print(
        f"{records:,} records, {workers} workers: {seconds:,.0f} s, {records / seconds:,.0f} records/s, {dict(built.counts)}"
    )
    print(f"  {'pass':<8} {'seconds':>8} {'main, MB':>9} {'worker, MB':>11} {'all, MB':>9}")
    for stage, (main_peak, worker_peak, all_peak) in watch.peaks.items():
        print(
            f"  {stage:<8} {watch.seconds[stage]:>8.1f} {main_peak:>9,.0f} {worker_peak:>11,.0f} {all_peak:>9,.0f}",
            flush=True,
        )


class Watch:
    """Follows the passes, and samples memory while they run."""

    def __init__(self) -> None:
        self.stage = "start"
        self.since = time.monotonic()
        self.seconds: dict[str, float] = defaultdict(float)
        self.peaks: dict[str, list[float]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def __call__(self, progress: corpusprep.building.Progress) -> None:
        if progress.stage != self.stage:
            now = time.monotonic()
            self.seconds[self.stage] += now - self.since
            self.stage, self.since = progress.stage, now

    def stop(self) -> None:
        self.seconds[self.stage] += time.monotonic() - self.since
        self._stopped.set()
        self._thread.join()

    def _sample(self) -> None:
        me = Path("/proc/self").resolve().name
        while not self._stopped.wait(0.2):
            main = resident(me)
            workers = [resident(child) for child in children(me)]
            peaks = self.peaks.setdefault(self.stage, [0.0, 0.0, 0.0])
            for at, value in enumerate((main, max(workers, default=0.0), main + sum(workers))):
                peaks[at] = max(peaks[at], value)


def children(process: str) -> Iterator[str]:
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            yield from (task / "children").read_text().split()
        except OSError:
            continue


def resident(process: str) -> float:
    """Resident memory in MB, without the pages of files that are mapped."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1024


def write(raw: Path, records: int) -> None:
    raw.mkdir(parents=True)
    for start in range(0, records, _FILE):
        with (raw / f"part-{start // _FILE:05}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(start, min(records, start + _FILE)):
                file.write(json.dumps(record(number)) + "\n")


def record(number: int) -> dict[str, str]:
    copied = number % 20 == 19
    rng = random.Random(number - 10 if copied else number)
    sentences = [sentence(rng) for _ in range(8)]
    if copied:
        sentences[3] = sentence(random.Random(-number))
    site = f"site-{number // 50}.example"
    head = [f"{rng.choice(_WHAT).title()} {number} {rng.choice(_DID)} again"]
    body = [" ".join(sentences[at : at + 2]) for at in range(0, 8, 2)]
    day = f"{2010 + number % 10}-{1 + number % 12:02}-{1 + number % 28:02}"
    text = "\n\n".join([*_FURNITURE, f"All about {site}", *head, *body, f"© {site}, all rights reserved"])
    return {"id": str(number), "url": f"https://{site}/{number}", "date": day, "text": text}


def sentence(rng: random.Random) -> str:
    return (
        f"The {rng.choice(_WHO)} {rng.choice(_DID)} the {rng.choice(_WHAT)} {rng.randrange(3, 9999)} days after {rng.randrange(2, 999)} "
        f"{rng.choice(_WHO)} {rng.choice(_DID)} the {rng.choice(_WHAT)}."
    )


if __name__ == "__main__":
    main()
