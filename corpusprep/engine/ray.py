"""An engine on Ray: the same passes, on as many machines as a cluster has.

A Ray worker does no work itself: it has a worker of ours do it, as the local engine has. So a record that takes its process along costs
itself and no more here too, and whatever Ray loses (a worker of its own, a node) it starts again elsewhere; passes commit what
they did, so nothing is done twice but what was under way. All machines must see the folder of the build, under the same path.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from corpusprep.engine.contract import SECONDS, Engine, EngineError
from corpusprep.engine.local import Child, do, share_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["on_ray"]

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2  # tasks handed out and not yet asked for, per processor
_RETRIES = 20  # of a task whose Ray worker or node was lost
_STORE = 100 << 20  # bytes of Ray's object store, where we start it: nothing large passes through it
_PATIENCE = 10.0  # seconds to wait for a cluster to answer


@contextlib.contextmanager
def on_ray(address: str | None = None, *, seconds: float = SECONDS) -> Iterator[Engine]:
    """An engine on a Ray cluster: the one at `address`, else that of RAY_ADDRESS, else one made of this machine.

    seconds: how long a worker may stay at one record. Raises EngineError where Ray is not installed or cannot be reached, and
    from the iteration where it gives a task up.
    """
    try:
        import ray  # noqa: PLC0415
    except ImportError:
        raise EngineError("Ray is not installed", do="pip install 'corpusprep[ray]'") from None
    ours = not ray.is_initialized()
    if ours:
        _connect(ray, address)
    try:
        yield _Cluster(ray, seconds)
    finally:
        if ours:
            ray.shutdown()


def _connect(ray: Any, address: str | None) -> None:
    options: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    options["address"] = address
    if address == "local":
        options |= {"object_store_memory": _STORE, "include_dashboard": False}
    try:
        _knock(address)
        ray.init(**options)
    except (OSError, RuntimeError, ValueError) as error:
        first = str(error).strip().partition("\n")[0]
        raise EngineError(f"Ray cannot be reached ({first})", where=address, do="check --ray-address") from None


def _knock(address: str) -> None:
    """Raise OSError where nobody listens at HOST:PORT; Ray itself takes minutes to say so."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()


class _Cluster:
    def __init__(self, ray: Any, seconds: float) -> None:
        self._ray = ray
        self._path = [entry or str(Path.cwd()) for entry in sys.path]
        self._seconds = seconds
        self._remote = ray.remote(num_cpus=1, max_retries=_RETRIES)(supervise)

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterator[R]:
        ahead = max(1, int(self._ray.cluster_resources().get("CPU", 1))) * _AHEAD
        waiting: deque[Any] = deque()
        todo = iter(items)
        try:
            while True:
                while len(waiting) < ahead:
                    try:
                        item = next(todo)
                    except StopIteration:
                        break
                    packed = pickle.dumps((function, item), protocol=pickle.HIGHEST_PROTOCOL)
                    waiting.append(self._remote.remote(packed, self._path, self._seconds))
                if not waiting:
                    return
                yield self._result(waiting.popleft())
        finally:
            for reference in waiting:
                self._ray.cancel(reference, force=True)

    def _result(self, reference: Any) -> Any:
        try:
            good, result = pickle.loads(self._ray.get(reference))  # noqa: S301  (from our own worker)
        except self._ray.exceptions.RayTaskError as error:
            raise error.as_instanceof_cause() from None
        except self._ray.exceptions.RayError as error:
            first = str(error).strip().partition("\n")[0]
            do = "run the same command again: it goes on where it was"
            raise EngineError(f"Ray gave a task up ({first})", do=do) from None
        if not good:
            raise result
        return result


_child: Child | None = None


def supervise(packed: bytes, path: list[str], seconds: float) -> bytes:
    """Do a task in a worker of our own; this runs in a worker of Ray's. path: where the modules are."""
    global _child  # noqa: PLW0603  (one worker of ours for each of Ray's)
    if _child is None or _child.path != path:
        if _child is not None:
            _child.discard()
        _child = Child(seconds, share_of_memory(os.cpu_count() or 1), path)
    _child.seconds = seconds
    return do(_child, packed)
