"""An engine of processes on this machine.

They are started as plain subprocesses, not by `multiprocessing`, so a user's script needs no `if __name__ == "__main__"`, and the same
code serves Linux, macOS and Windows.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from corpusprep.engine.contract import SECONDS, Engine, EngineError, Task
from corpusprep.engine.worker import NONE, Pulse, receive, send
from corpusprep.errors import CorpusprepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Child", "Pool", "do", "local", "share_of_memory"]

T = TypeVar("T")
R = TypeVar("R")

_POLL = 0.2  # seconds between two looks at a worker's pulse
_TRIES = 3  # of a task whose worker died between two records, where no record is to blame
_DEATHS = 2  # of workers at one record, and it is to blame
_AHEAD = 3  # tasks handed out and not yet asked for, per worker: memory stays flat when the consumer is slow


@contextlib.contextmanager
def local(workers: int = 0, *, seconds: float = SECONDS) -> Iterator[Engine]:
    """An engine of this many processes on this machine; with 0, in this process, where a bad record takes everything along.

    seconds: how long a worker may stay at one record before it is killed.
    Raises EngineError from the iteration when a task cannot be done. Leaving the context ends the processes at once.
    """
    if workers <= 0:
        yield _in_process
        return
    pool = Pool(workers, seconds)
    try:
        yield pool
    finally:
        pool.close()


def _in_process(function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
    return map(function, items)


class Lost(Exception):  # noqa: N818  (not an error: the task is run again)
    """A worker died or hung; carries the record it was at, and why."""

    def __init__(self, record: int, reason: str) -> None:
        super().__init__(record, reason)
        self.record, self.reason = record, reason


class Pool:
    """Threads of this process, each with a subprocess that it feeds; the threads only wait."""

    def __init__(self, workers: int, seconds: float) -> None:
        self._workers, self._seconds = workers, seconds
        self._jobs: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[int, bool, Any]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._children: list[Child] = []
        self._closed = False

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        """See `Engine`."""
        if self._closed:
            raise EngineError("the engine is closed", do="use it inside its `with` block")
        todo = enumerate(items)
        waiting: dict[int, R] = {}
        handed, wanted, more = 0, 0, True
        while True:
            while more and handed - wanted < self._workers * _AHEAD:
                index, item = next(todo, (NONE, None))
                if index == NONE:
                    more = False
                    break
                handed += 1
                self._start_threads(handed)
                self._jobs.put((index, pickle.dumps((function, item), protocol=pickle.HIGHEST_PROTOCOL)))
            if wanted == handed:
                return
            while wanted not in waiting:
                index, good, result = self._wait()
                if not good:
                    self.close()
                    raise result
                waiting[index] = result
            yield waiting.pop(wanted)
            wanted += 1

    def _wait(self) -> tuple[int, bool, Any]:
        while True:  # a wait without end would keep Ctrl-C from being seen on Windows
            with contextlib.suppress(queue.Empty):
                return self._done.get(timeout=1.0)

    def _start_threads(self, wanted: int) -> None:
        while len(self._threads) < min(self._workers, wanted):
            thread = threading.Thread(target=self._feed, name=f"corpusprep-{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _feed(self) -> None:
        child = Child(self._seconds, share_of_memory(self._workers))
        self._children.append(child)
        while not self._closed and (job := self._jobs.get()) is not None:
            index, packed = job
            try:
                good, result = pickle.loads(do(child, packed))  # noqa: S301  (from our own child)
            except CorpusprepError as error:
                good, result = False, error
            self._done.put((index, good, result))
        child.discard()

    def close(self) -> None:
        """End all processes, whatever they do."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for child in self._children:
            child.stop()
        for thread in self._threads:
            thread.join()


def share_of_memory(workers: int) -> int:
    """Bytes that each of so many workers may have: nine tenths of the machine's, or container's, but a gigabyte at least; 0 if unknown."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 0
    with contextlib.suppress(OSError, ValueError):
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
    return max(1 << 30, total * 9 // 10 // workers)


def do(child: Child, packed: bytes) -> bytes:
    """Have a task done, without the records that the worker dies at; packed: function and item.

    Returns the answer as it came: whether the function returned, and what it returned or raised. Raises EngineError where the
    worker dies again and again between two records, where no record is to blame.
    """
    deaths: Counter[int] = Counter()
    while True:
        try:
            return child.run(packed)
        except Lost as lost:
            deaths[lost.record] += 1
            function, item = pickle.loads(packed)  # noqa: S301  (from our own caller)
            if lost.record != NONE and isinstance(item, Task) and not child.stopped:
                # A worker that died once may have been killed by somebody else, and the record is innocent.
                if lost.reason == "timeout" or deaths[lost.record] == _DEATHS:
                    packed = pickle.dumps((function, item.without(lost.record, lost.reason)))
            elif deaths[lost.record] == _TRIES or child.stopped:
                do = "there may be too little memory: try fewer workers"
                raise EngineError(f"a worker died {deaths[lost.record]} times at the same task", do=do) from None
        except OSError as error:
            raise EngineError(f"no worker can be started ({error})") from None


# The parent's path of modules comes first of all: without it the child might find another corpusprep, or none.
_START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = {path!r}; "
    "from corpusprep.engine.worker import serve; serve({pulse!r}, {memory})"
)


@dataclass(slots=True)
class Child:
    """One subprocess, started when first needed and again when it was lost.

    seconds: how long it may stay at one record. memory: how many bytes it may have, 0 for any number. path: where it looks
    for modules.
    """

    seconds: float
    memory: int = 0
    path: list[str] = field(default_factory=lambda: [entry or str(Path.cwd()) for entry in sys.path])
    process: subprocess.Popen[bytes] | None = None
    pulse: Pulse | None = None
    folder: tempfile.TemporaryDirectory[str] | None = None
    stopped: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, packed: bytes) -> bytes:
        """The answer to a task; raises Lost when the process died or hung."""
        process, pulse = self._ensure()
        if process.stdin is None or process.stdout is None:
            raise Lost(NONE, "crashed")
        hung = threading.Event()
        finished = threading.Event()
        watch = threading.Thread(target=self._watch, args=(process, pulse, finished, hung), daemon=True)
        watch.start()
        try:
            send(process.stdin, packed)
            answer = receive(process.stdout)
        except (OSError, EOFError, ValueError):
            answer = None
        finally:
            finished.set()
            watch.join()
        if answer is None:
            _, record = pulse.read()
            self.discard()
            raise Lost(record, "timeout" if hung.is_set() else "crashed")
        return answer

    def _watch(
        self, process: subprocess.Popen[bytes], pulse: Pulse, finished: threading.Event, hung: threading.Event
    ) -> None:
        """Kill the process when its pulse stands still at one record."""
        seen, since = pulse.read(), time.monotonic()
        while not finished.wait(_POLL):
            now = pulse.read()
            if now != seen:
                seen, since = now, time.monotonic()
            elif now[1] != NONE and time.monotonic() - since > self.seconds:
                hung.set()
                process.kill()
                return

    def _ensure(self) -> tuple[subprocess.Popen[bytes], Pulse]:
        with self.lock:
            if self.stopped:
                raise Lost(NONE, "crashed")
            if self.process is None or self.pulse is None:
                self.folder = tempfile.TemporaryDirectory(prefix="corpusprep-", ignore_cleanup_errors=True)
                path = Path(self.folder.name, "pulse")
                self.pulse = Pulse.new(path)
                code = _START.format(path=self.path, pulse=str(path), memory=self.memory)
                command = [sys.executable, "-c", code]
                # One thread each: the workers share the machine already.
                environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
                self.process = subprocess.Popen(  # noqa: S603  (our own interpreter and code)
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
                )
            return self.process, self.pulse

    def discard(self) -> None:
        """End the process, if there is one, and let go of everything that belongs to it."""
        with self.lock:
            if self.process is not None:
                self.process.kill()
                self.process.wait()
                for pipe in (self.process.stdin, self.process.stdout):
                    if pipe is not None:
                        with contextlib.suppress(OSError):
                            pipe.close()
            if self.pulse is not None:
                self.pulse.close()
            if self.folder is not None:
                self.folder.cleanup()
            self.process = self.pulse = self.folder = None

    def stop(self) -> None:
        """End the process for good, whatever it does; the thread that waits for its answer finds it gone."""
        self.stopped = True
        with self.lock:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
