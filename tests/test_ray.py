"""The engine on Ray, with several nodes on this machine: the same bytes, whatever is lost on the way."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from made_corpus import story, write_corpus

import corpusprep
from corpusprep.engine import EngineError
from corpusprep.engine.ray import on_ray
from corpusprep.errors import InputError

ray = pytest.importorskip("ray", reason="needs Ray: pip install corpusprep[ray]")
pytestmark = [
    pytest.mark.filterwarnings("ignore::Warning"),
    pytest.mark.skipif(os.name != "posix", reason="clusters on POSIX"),
]


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    # Ray takes half a minute to believe that a node is gone, unless it looks more often.
    quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 3}
    head = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False, "_system_config": quick}
    nodes = Cluster(initialize_head=True, head_node_args=head)
    nodes.add_node(num_cpus=1, object_store_memory=80 << 20)
    yield nodes
    nodes.shutdown()


def sums(built):
    return (Path(built.path) / "SHA256SUMS").read_text()


def test_the_bytes_are_those_of_the_local_engine(cluster, tmp_path):
    raw = tmp_path / "raw"
    write_corpus(raw)
    (raw / "fatal.txt").write_text(story("fatal") + "\nENDS THE PROCESS\n")
    config = {"clean": {"cleaners": ["own_cleaners:fatal"]}}
    here = corpusprep.build(raw, tmp_path / "here", name="news", config=config, workers=1)
    there = corpusprep.build(
        raw, tmp_path / "there", name="news", config=config, engine="ray", ray_address=cluster.address
    )
    assert sums(here) == sums(there)
    assert there.counts["rejected"] == 3


def test_the_loss_of_a_worker_costs_nothing(cluster, tmp_path):
    mark = tmp_path / "mark"
    with on_ray(cluster.address) as engine:
        assert list(engine(kill_the_parent_once, [mark, mark])) == [True, True]


def kill_the_parent_once(mark):
    if not mark.exists():
        mark.touch()
        os.kill(os.getppid(), signal.SIGKILL)  # the worker of Ray's that has ours do the work
        time.sleep(60)
    return True


def test_errors_arrive_as_they_are(cluster):
    with on_ray(cluster.address) as engine, pytest.raises(InputError, match="there: broken"):
        list(engine(fail, [1]))


def fail(_):
    raise InputError("broken", where="there")


def test_the_loss_of_a_node_costs_nothing(cluster, tmp_path):
    from corpusprep import building
    from corpusprep.building.shards import Shard

    raw = tmp_path / "raw"
    write_corpus(raw, 40)
    config = {"clean": {"cleaners": ["own_cleaners:slow"]}}
    doomed = cluster.add_node(num_cpus=1, object_store_memory=80 << 20)
    with pytest.MonkeyPatch.context() as patch:  # more chunks than nodes
        patch.setattr(building, "cut", lambda parts: [Shard(f"{n:05}", (part,)) for n, part in enumerate(parts)])
        here = corpusprep.build(raw, tmp_path / "here", name="news", config=config, workers=2)

        def watch(progress):
            if progress.stage == "label" and progress.done == 3 and doomed in cluster.worker_nodes:
                threading.Thread(target=cluster.remove_node, args=(doomed,), kwargs={"allow_graceful": False}).start()

        there = corpusprep.build(
            raw,
            tmp_path / "there",
            name="news",
            config=config,
            engine="ray",
            ray_address=cluster.address,
            progress=watch,
        )
    assert sums(here) == sums(there)
    deadline = time.monotonic() + 30
    while doomed in cluster.worker_nodes and time.monotonic() < deadline:
        time.sleep(0.1)
    assert doomed not in cluster.worker_nodes


def test_a_cluster_that_is_not_there_is_named():
    with pytest.raises(EngineError, match="Ray cannot be reached"), on_ray("127.0.0.1:1"):
        pass
