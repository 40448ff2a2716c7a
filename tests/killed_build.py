"""A build in many small shards that notes every task before it is done; test_killed.py runs it as a program, and kills it."""

from __future__ import annotations

import os
import sys
import time

import corpusprep
from corpusprep import building
from corpusprep.building import writing
from corpusprep.building.shards import Shard

NOTES = "KILLED_BUILD_NOTES"
_timed = building._timed
_write_file = writing.write_file


def noted(function, task):
    """Do a task, having noted which."""
    name = task.shard.name if hasattr(task, "shard") else getattr(task, "chunk", getattr(task, "share", ""))
    note(f"{type(task).__name__.removesuffix('Task').lower()}/{name}")
    return _timed(function, task)


def noted_file(task):
    """Write a file of the release, having noted which; slowly, so that there is time to kill it."""
    note(f"shards/{task.name}")
    time.sleep(0.2)
    return _write_file(task)


def note(line):
    """Add a line to the notes."""
    handle = os.open(os.environ[NOTES], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def one_by_one(parts):
    """A shard for every part."""
    return [Shard(f"{number:05d}", (part,)) for number, part in enumerate(parts)]


def main():
    raw, dist, workers = sys.argv[1:]
    building.cut = one_by_one
    building._timed = noted
    writing.write_file = noted_file
    corpusprep.build(raw, dist, name="news", version="1.0.0", workers=int(workers))
