"""The other end: a process that does tasks, and says which record it is at."""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import pickle
import queue
import signal
import struct
import sys
import threading
import traceback
import warnings
from pathlib import Path
from typing import IO, Any

from corpusprep.engine.contract import EngineError
from corpusprep.errors import CorpusprepError

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

__all__ = ["NONE", "Pulse", "attend", "receive", "send", "serve"]

NONE = -1
"""No record: between two of them."""

_HEADER = struct.Struct("<Q")
_PULSE = struct.Struct("<qq")  # how often `attend` was called, and with which record


def attend(record: int = NONE) -> None:
    """Say which record of its task this process is at now; without a number: at none, and under no time limit."""
    if _pulse is not None:
        _pulse.beat(record)


class Pulse:
    """A few bytes shared by a worker and its engine, by way of a mapped file."""

    @classmethod
    def new(cls, path: Path) -> Pulse:
        """Make the file."""
        path.write_bytes(_PULSE.pack(0, NONE))
        return cls(path)

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b")
        self._map = mmap.mmap(self._file.fileno(), _PULSE.size)
        self._beats = 0

    def beat(self, record: int) -> None:
        """Note that the worker is alive, and at this record."""
        self._beats += 1
        _PULSE.pack_into(self._map, 0, self._beats, record)

    def read(self) -> tuple[int, int]:
        """How often it beat, and the record it is at."""
        beats, record = _PULSE.unpack_from(self._map, 0)
        return int(beats), int(record)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        self._file.close()


_pulse: Pulse | None = None


def send(pipe: IO[bytes], data: bytes) -> None:
    """Write one message."""
    pipe.write(_HEADER.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Read one message; raises EOFError where the other end is gone."""
    header = pipe.read(_HEADER.size)
    if len(header) < _HEADER.size:
        raise EOFError
    (size,) = _HEADER.unpack(header)
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def serve(pulse: str, memory: int) -> None:
    """Be a worker: read tasks from standard input, answer on standard output, end when the parent is gone.

    memory: bytes of its own it may have; a record that wants more gets a MemoryError, and does not bring others down with it.
    """
    global _pulse  # noqa: PLW0603  (one worker is one process)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    _pulse = Pulse(Path(pulse))
    _limit(memory)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get between the answers
    _quiet()
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    while True:
        packed = tasks.get()
        attend()
        try:
            function, item = pickle.loads(packed)  # noqa: S301  (from our own parent, over its own pipe)
            answer: tuple[bool, Any] = (True, function(item))
        except CorpusprepError as error:
            answer = (False, error)
        except Exception as error:  # noqa: BLE001  (not swallowed: raised again where the engine was called)
            error.add_note(traceback.format_exc())  # that of the caller ends where the processes part
            answer = (False, _portable(error))
        attend()
        send(answers, pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))


def _listen(tasks: queue.SimpleQueue[bytes]) -> None:
    while True:
        try:
            tasks.put(receive(sys.stdin.buffer))
        except (EOFError, OSError, ValueError):
            os._exit(1)


def _portable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:  # noqa: BLE001  (an exception of any kind may refuse to be pickled)
        return EngineError(f"{type(error).__name__}: {error}")
    return error


def _limit(memory: int) -> None:
    if memory and resource is not None:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (memory, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def _quiet() -> None:
    """What libraries warn of is no news to the user, who gets a rejected row with a reason."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
