"""Engines: where the passes of a build run. An engine is called like builtin `map` and yields results in order.

`local` runs them in processes of this machine. They are started as plain subprocesses, not by `multiprocessing`, so a user's
script needs no `if __name__ == "__main__"`, and the same code serves Linux, macOS and Windows.

A worker says which record it is at (`attend`). When it dies or stays at one record for too long, the task is run again without that
record (`Task.without`), so one bad record costs itself and no more.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol, Self, TypeVar, runtime_checkable

from corpusprep.errors import CorpusprepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Engine", "EngineError", "Task", "attend", "local", "serve"]

T = TypeVar("T")
R = TypeVar("R")

SECONDS = 120.0
"""How long a worker may stay at one record."""

_HEADER = struct.Struct("<Q")
_PULSE = struct.Struct("<qq")  # how often `attend` was called, and with which record
_NONE = -1
_POLL = 0.2  # seconds between two looks at a worker's pulse
_TRIES = 3  # of a task whose worker died between two records, where no record is to blame
_AHEAD = 3  # tasks handed out and not yet asked for, per worker: memory stays flat when the consumer is slow


class EngineError(CorpusprepError):
    """A pass failed for a reason that no single record is to blame for."""


class Engine(Protocol):
    """Anything shaped like builtin `map`: calls a function on each item and yields the results in the order of the items."""

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        """Function and items must be importable and picklable; the items may come from a generator, and are not read far ahead."""
        ...


@runtime_checkable
class Task(Protocol):
    """An item of work that can be done without some of its records."""

    def without(self, record: int, reason: str) -> Self:
        """The same task, which rejects that record for that reason: "crashed" or "timeout"."""
        ...


def attend(record: int = _NONE) -> None:
    """Say which record of its task this process is at now; without a number: at none, and under no time limit."""
    if _pulse is not None:
        _pulse.beat(record)


@contextlib.contextmanager
def local(workers: int = 0, *, seconds: float = SECONDS) -> Iterator[Engine]:
    """An engine of this many processes on this machine; with 0, in this process, where a bad record takes everything along.

    seconds: how long a worker may stay at one record before it is killed.
    Raises EngineError from the iteration when a task cannot be done. Leaving the context ends the processes at once.
    """
    if workers <= 0:
        yield _in_process
        return
    pool = _Pool(workers, seconds)
    try:
        yield pool
    finally:
        pool.close()


def _in_process(function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
    return map(function, items)


class _Pulse:
    """A few bytes shared by a worker and its engine, by way of a mapped file."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), _PULSE.size)
        self._beats = 0

    def beat(self, record: int) -> None:
        self._beats += 1
        _PULSE.pack_into(self._map, 0, self._beats, record)

    def read(self) -> tuple[int, int]:
        beats, record = _PULSE.unpack_from(self._map, 0)
        return int(beats), int(record)

    def close(self) -> None:
        self._map.close()
        self._file.close()


_pulse: _Pulse | None = None


@dataclass(slots=True)
class _Job:
    index: int
    function: Callable[[Any], Any]
    item: Any
    tries: int = 0
    last: int = _NONE


class _Lost(Exception):  # noqa: N818  (not an error: the task is run again)
    """A worker died or hung; carries the record it was at, and why."""

    def __init__(self, record: int, reason: str) -> None:
        super().__init__(record, reason)
        self.record, self.reason = record, reason


class _Pool:
    """Threads of this process, each with a subprocess that it feeds; the threads only wait."""

    def __init__(self, workers: int, seconds: float) -> None:
        self._workers, self._seconds = workers, seconds
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[int, bool, Any]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._children: list[_Child] = []
        self._closed = False

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        if self._closed:
            raise EngineError("the engine is closed", do="use it inside its `with` block")
        todo = enumerate(items)
        waiting: dict[int, R] = {}
        handed, wanted, more = 0, 0, True
        while True:
            while more and handed - wanted < self._workers * _AHEAD:
                index, item = next(todo, (_NONE, None))
                if index == _NONE:
                    more = False
                    break
                handed += 1
                self._start_threads(handed)
                self._jobs.put(_Job(index, function, item))
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
        child = _Child(self._seconds)
        self._children.append(child)
        while not self._closed and (job := self._jobs.get()) is not None:
            try:
                self._done.put((job.index, *child.run(job.function, job.item)))
            except _Lost as lost:
                if not self._closed:
                    self._again(job, lost)
            except OSError as error:
                self._done.put((job.index, False, EngineError(f"no worker can be started ({error})")))
        child.discard()

    def _again(self, job: _Job, lost: _Lost) -> None:
        if lost.record != _NONE and isinstance(job.item, Task):
            job.item = job.item.without(lost.record, lost.reason)
        else:
            job.tries += 1
        if job.tries < _TRIES:
            self._jobs.put(job)
        else:
            do = "there may be too little memory: try fewer workers"
            self._done.put((job.index, False, EngineError(f"a worker died {_TRIES} times at the same task", do=do)))

    def close(self) -> None:
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for child in self._children:
            child.stop()
        for thread in self._threads:
            thread.join()


# The parent's path of modules comes first of all: without it the child might find another corpusprep, or none.
_START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); sys.path[:] = {path!r}; "
    "from corpusprep.engine import serve; serve({pulse!r})"
)


@dataclass(slots=True)
class _Child:
    """One subprocess, started when first needed and again when it was lost."""

    seconds: float
    process: subprocess.Popen[bytes] | None = None
    pulse: _Pulse | None = None
    folder: tempfile.TemporaryDirectory[str] | None = None
    stopped: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, function: Callable[[Any], Any], item: Any) -> tuple[bool, Any]:
        """Whether the function returned, and what it returned or raised; raises _Lost when the process died or hung."""
        process, pulse = self._ensure()
        if process.stdin is None or process.stdout is None:
            raise _Lost(_NONE, "crashed")
        hung = threading.Event()
        finished = threading.Event()
        watch = threading.Thread(target=self._watch, args=(process, pulse, finished, hung), daemon=True)
        watch.start()
        try:
            _send(process.stdin, (function, item))
            good, result = _receive(process.stdout)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            good, result = None, None
        finally:
            finished.set()
            watch.join()
        if good is None:
            _, record = pulse.read()
            self.discard()
            raise _Lost(record, "timeout" if hung.is_set() else "crashed")
        return bool(good), result

    def _watch(
        self, process: subprocess.Popen[bytes], pulse: _Pulse, finished: threading.Event, hung: threading.Event
    ) -> None:
        """Kill the process when its pulse stands still at one record."""
        seen, since = pulse.read(), time.monotonic()
        while not finished.wait(_POLL):
            now = pulse.read()
            if now != seen:
                seen, since = now, time.monotonic()
            elif now[1] != _NONE and time.monotonic() - since > self.seconds:
                hung.set()
                process.kill()
                return

    def _ensure(self) -> tuple[subprocess.Popen[bytes], _Pulse]:
        with self.lock:
            if self.stopped:
                raise _Lost(_NONE, "crashed")
            if self.process is None or self.pulse is None:
                self.folder = tempfile.TemporaryDirectory(prefix="corpusprep-", ignore_cleanup_errors=True)
                path = Path(self.folder.name, "pulse")
                path.write_bytes(_PULSE.pack(0, _NONE))
                self.pulse = _Pulse(path)
                code = _START.format(path=[entry or str(Path.cwd()) for entry in sys.path], pulse=str(path))
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


def _send(pipe: IO[bytes], value: object) -> None:
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_HEADER.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    (size,) = _HEADER.unpack(header)
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)  # noqa: S301  (from our own process, over its own pipe)


def serve(pulse: str) -> None:
    """Be a worker: read tasks from standard input, answer on standard output, end when the parent is gone."""
    global _pulse  # noqa: PLW0603  (one worker is one process)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    _pulse = _Pulse(Path(pulse))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    _quiet()
    tasks: queue.SimpleQueue[tuple[Callable[[Any], Any], Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    while True:
        function, item = tasks.get()
        attend()
        try:
            answer: tuple[bool, Any] = (True, function(item))
        except CorpusprepError as error:
            answer = (False, error)
        except Exception as error:  # noqa: BLE001  (not swallowed: raised again where the engine was called)
            error.add_note(traceback.format_exc())  # that of the caller ends where the processes part
            answer = (False, _portable(error))
        attend()
        _send(answers, answer)


def _listen(tasks: queue.SimpleQueue[tuple[Callable[[Any], Any], Any]]) -> None:
    while True:
        try:
            tasks.put(_receive(sys.stdin.buffer))
        except (EOFError, OSError, ValueError):
            os._exit(1)


def _portable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:  # noqa: BLE001  (an exception of any kind may refuse to be pickled)
        return EngineError(f"{type(error).__name__}: {error}")
    return error


def _quiet() -> None:
    """What libraries warn of is no news to the user, who gets a rejected row with a reason."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
