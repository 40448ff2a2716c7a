"""The same build on one machine and on a Ray cluster of several nodes, of which one is lost on the way: time, and whether the bytes are equal.

    pip install -e '.[ray]'
    python benchmarks/ray_cluster.py [RECORDS] [--nodes 3] [--sentences 8]

The nodes are processes on this machine (ray.cluster_utils.Cluster). In the second run on Ray a worker is killed after a third of the
cleaning, and a node after half of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import threading
import time
from pathlib import Path

from build_scale import write

import corpusprep


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", nargs="?", type=int, default=20_000)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--sentences", type=int, default=8)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "raw")
        write(raw, arguments.records, arguments.sentences)
        wanted = run("local", raw, Path(folder, "local"), workers=arguments.nodes)
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        for losses in (False, True):
            cluster = start(arguments.nodes)
            watch = Losses(cluster) if losses else None
            name = "Ray, with losses" if losses else "Ray"
            found = run(name, raw, Path(folder, name), engine="ray", ray_address=cluster.address, progress=watch)
            print("  the bytes are equal" if found == wanted else "  THE BYTES DIFFER", watch.lost if watch else "")
            cluster.shutdown()


def start(nodes: int):
    from ray.cluster_utils import Cluster

    quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 6}
    memory = {"object_store_memory": 80 << 20}
    head = {"num_cpus": 1, "include_dashboard": False, "_system_config": quick, **memory}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(nodes - 1):
        cluster.add_node(num_cpus=1, **memory)
    return cluster


def run(name: str, raw: Path, dist: Path, **more) -> str:
    start = time.monotonic()
    built = corpusprep.build(raw, dist, name="news", version="1.0.0", **more)
    print(f"{name}: {time.monotonic() - start:,.0f} s, {dict(built.counts)}", flush=True)
    return Path(built.path, "SHA256SUMS").read_text()


class Losses:
    """Kills a worker of Ray's, and later a node."""

    def __init__(self, cluster) -> None:
        self.cluster, self.lost = cluster, []

    def __call__(self, progress) -> None:
        if progress.stage != "label":
            return
        if not self.lost and progress.done > progress.total / 3:
            pid = next(iter(workers()))
            os.kill(pid, signal.SIGKILL)
            self.lost.append(f"worker {pid} after {progress.done} of {progress.total} tasks")
        if len(self.lost) == 1 and progress.done > progress.total / 2:
            node = max(self.cluster.worker_nodes, key=lambda one: one.unique_id)
            threading.Thread(target=self.cluster.remove_node, args=(node, False)).start()
            self.lost.append(f"a node after {progress.done}")


def workers():
    """Processes of Ray's that do tasks of ours."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            title = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if title.startswith(b"ray::supervise"):
            yield int(process.name)


if __name__ == "__main__":
    main()
