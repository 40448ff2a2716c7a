"""Engines: where the passes of a build run. An engine is called like builtin `map` and yields results in order.

A worker says which record it is at (`attend`). When it dies or stays at one record for too long, the task is run again without that
record (`Task.without`), so one bad record costs itself and no more.
"""

from corpusprep.engine.contract import SECONDS, Engine, EngineError, Task
from corpusprep.engine.local import local
from corpusprep.engine.worker import attend

__all__ = ["SECONDS", "Engine", "EngineError", "Task", "attend", "local"]
