"""Memory and time of a build as the corpus grows: peak memory of the main process and of its largest worker, by pass.

    python benchmarks/build_scale.py 10000 100000 [--workers 2] [--disable lines]

For each number of records a corpus of invented stories is written (some 900 characters, a site for every fifty, one in twenty a
copy with small edits, dates over ten years), built, and removed. Linux only: memory is read from /proc. The CPU seconds of a pass are
those of its tasks; `write` has tasks that are counted under `workers` alone.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
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
    parser.add_argument("--sentences", type=int, default=8, help="in a story")
    parser.add_argument(
        "--disable", nargs="*", default=[], help="cleaners to leave out: they see one document at a time"
    )
    parser.add_argument("--folder", type=Path, default=Path("/tmp/corpusprep-scale"))  # noqa: S108
    arguments = parser.parse_args()
    for records in arguments.records:
        raw = arguments.folder / "raw"
        shutil.rmtree(arguments.folder, ignore_errors=True)
        write(raw, records, arguments.sentences)
        measure(raw, arguments.folder / "dist", records, arguments)
        shutil.rmtree(arguments.folder)


def measure(raw: Path, dist: Path, records: int, arguments: argparse.Namespace) -> None:
    watch = Watch()
    start, before = time.monotonic(), cpu()
    config = {"clean": {"disable": arguments.disable}}
    built = corpusprep.build(
        raw, dist, name="scale", version="1.0.0", workers=arguments.workers, config=config, progress=watch
    )
    watch.stop()
    seconds = time.monotonic() - start
    main, workers = (now - then for now, then in zip(cpu(), before, strict=True))
    print(f"{records:,} records, {arguments.workers} workers: {seconds:,.0f} s, {dict(built.counts)}")
    print(
        f"  CPU seconds: main {main:,.1f}, workers {workers:,.1f}; "
        f"{records / (main + workers):,.0f} records per CPU second; "
        f"by this two workers are {(main + workers) / (main + workers / 2):.2f} times one"
    )
    print(f"  {'pass':<8} {'seconds':>8} {'CPU':>8} {'main, MB':>9} {'worker, MB':>11} {'all, MB':>9}")
    for stage, peaks in watch.peaks.items():
        figures = "".join(f" {peak:>{width},.0f}" for peak, width in zip(peaks, (9, 11, 9), strict=True))
        print(f"  {stage:<8} {watch.seconds[stage]:>8.1f} {watch.cpu[stage]:>8.1f}{figures}", flush=True)


def cpu() -> tuple[float, float]:
    """CPU seconds of this process, and of its children that have ended."""
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime, ended.ru_utime + ended.ru_stime


class Watch:
    """Follows the passes, and samples memory while they run."""

    def __init__(self) -> None:
        self.stage = "start"
        self.since = time.monotonic()
        self.seconds: dict[str, float] = defaultdict(float)
        self.cpu: dict[str, float] = defaultdict(float)
        self.peaks: dict[str, list[float]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def __call__(self, progress: corpusprep.building.Progress) -> None:
        self.cpu[progress.stage] += progress.seconds
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


def write(raw: Path, records: int, sentences: int) -> None:
    raw.mkdir(parents=True)
    for start in range(0, records, _FILE):
        with (raw / f"part-{start // _FILE:05}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(start, min(records, start + _FILE)):
                file.write(json.dumps(record(number, sentences)) + "\n")


def record(number: int, count: int) -> dict[str, str]:
    copied = number % 20 == 19
    rng = random.Random(number - 10 if copied else number)
    sentences = [sentence(rng) for _ in range(count)]
    if copied:
        sentences[count // 2] = sentence(random.Random(-number))
    site = f"site-{number // 50}.example"
    head = [f"{rng.choice(_WHAT).title()} {number} {rng.choice(_DID)} again"]
    body = [" ".join(sentences[at : at + 2]) for at in range(0, count, 2)]
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
