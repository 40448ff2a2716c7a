"""The engine: results in order, back-pressure, bad records, dead workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from corpusprep.engine import EngineError, attend, local
from corpusprep.errors import InputError


@dataclass(frozen=True)
class Numbers:
    """Records that behave: 0 and up are squared, "die" ends the process, "hang" never ends."""

    records: tuple
    skipped: tuple = ()

    def without(self, record, reason):
        return replace(self, skipped=(*self.skipped, (record, reason)))


def square_all(task):
    skipped, found = dict(task.skipped), []
    for number, record in enumerate(task.records):
        if number in skipped:
            found.append(skipped[number])
            continue
        attend(number)
        if record == "die":
            os._exit(3)
        if record == "hang":
            time.sleep(600)
        found.append(record**2)
    attend()
    return found


def square(number):
    return number * number


def slow_square(number):
    time.sleep(0.05 * (3 - number % 4))
    return number * number


def die(_):
    os._exit(1)


def fail(number):
    if number == 2:
        raise InputError("broken", where="there", do="mend it")
    raise ValueError(number)


def chatter(number):
    sys.stdout.write("a library prints this\n")
    sys.stdout.flush()
    os.write(1, b"and writes this\n")
    return number


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_results_come_in_order(workers):
    with local(workers) as engine:
        assert list(engine(slow_square, range(9))) == [number * number for number in range(9)]
        assert list(engine(square, [])) == []
        assert list(engine(square, [7])) == [49]


def test_items_are_not_read_far_ahead():
    taken = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    with local(2) as engine:
        results = engine(square, items())
        next(results)
        time.sleep(0.3)
        assert len(taken) <= 8
        results.close()


def test_a_record_that_kills_its_worker_is_left_out():
    with local(2) as engine:
        found = list(engine(square_all, [Numbers((1, "die", 3, "die")), Numbers((4, 5))]))
    assert found == [[1, "crashed", 9, "crashed"], [16, 25]]


def test_a_record_that_hangs_is_left_out():
    with local(1, seconds=0.5) as engine:
        assert list(engine(square_all, [Numbers((1, "hang", 3)), Numbers((2,))])) == [[1, "timeout", 9], [4]]


@dataclass(frozen=True)
class Once:
    """A record at which somebody else kills the worker, once."""

    mark: Path
    skipped: tuple = ()

    def without(self, record, reason):
        return replace(self, skipped=((record, reason),))


def killed_once(task):
    attend(0)
    if not task.mark.exists():
        task.mark.touch()
        os._exit(9)
    return task.skipped


def test_a_record_is_not_blamed_for_one_death(tmp_path):
    with local(1) as engine:
        assert list(engine(killed_once, [Once(tmp_path / "mark")])) == [()]


def test_a_worker_that_dies_at_no_record_ends_the_pass():
    with local(1) as engine, pytest.raises(EngineError, match="died 3 times"):
        list(engine(die, [1]))


def test_errors_arrive_as_they_are():
    with local(1) as engine, pytest.raises(InputError) as caught:
        list(engine(fail, [2]))
    assert str(caught.value) == "there: broken; mend it"
    with local(1) as engine, pytest.raises(ValueError, match="1"):
        list(engine(fail, [1]))


def test_what_libraries_print_does_no_harm(capfd):
    with local(1) as engine:
        assert list(engine(chatter, [1, 2])) == [1, 2]
    assert "a library prints this" in capfd.readouterr().err


def test_a_script_needs_no_main_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from corpusprep.engine import local\nwith local(2) as engine:\n    print(list(engine(abs, [-1, -2, 3])))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, env=_environment())
    assert done.stdout == "[1, 2, 3]\n"


def limit(_):
    import resource

    return resource.getrlimit(resource.RLIMIT_DATA)[0]


@pytest.mark.skipif(os.name != "posix", reason="POSIX limits")
def test_a_worker_cannot_take_all_memory():
    with local(2) as engine:
        assert 1 << 30 <= next(iter(engine(limit, [0]))) < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_workers_end_with_their_parent(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\nfrom corpusprep.engine import local\nfrom pathlib import Path\n"
        "from test_engine import note_and_sleep\n"
        "with local(2) as engine:\n"
        f"    list(engine(note_and_sleep, [{str(tmp_path)!r}] * 2))\n"
    )
    environment = _environment()
    environment["PYTHONPATH"] += os.pathsep + str(Path(__file__).parent)
    parent = subprocess.Popen([sys.executable, script], env=environment)
    pids = _pids(tmp_path, 2)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(pid) for pid in pids)


def note_and_sleep(folder):
    (Path(folder) / f"{os.getpid()}.pid").touch()
    time.sleep(600)


def _pids(folder, count):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        pids = [int(path.stem) for path in folder.glob("*.pid")]
        if len(pids) == count:
            return pids
        time.sleep(0.05)
    raise AssertionError("the workers did not start")


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False
