"""What the tests of durability run in processes of their own, quick to start: no pytest here."""

import contextlib
import os
import resource
import signal
import sys

import huggingface_hub
from huggingface_hub import HfApi, _commit_api, constants, file_download  # noqa: F401  (imported once, before the fork)
from release_corpus import CONFIG, batches, corpus, make

import corpusprep
from corpusprep import release
from corpusprep.errors import ReleaseError, VersionError


def build(dist, version, rows):
    make(dist, version, corpus(rows))


def counted(calls, limit, target, arguments):
    """Do a job and put the number of its calls to the system (files opened, made, renamed, deleted; sockets); die at `limit`."""
    seen = 0

    def hook(event, _):
        nonlocal seen
        if event == "open" or event.startswith(("os.", "shutil.", "fcntl.", "socket.", "tempfile.")):
            seen += 1
            if seen == limit:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    with contextlib.suppress(VersionError):
        target(*arguments)
    calls.put(seen)


def race(dist, start, results, number):
    with release.stage(dist, "news") as staging:
        release.write(staging, batches(corpus(5 + number)), name="news", version="1.0.0", config=CONFIG)
        start.wait()
        try:
            results.put((number, release.publish(staging, dist, "news", "1.0.0").counts["records"]))
        except VersionError as error:
            results.put((number, str(error)))


def whole(raw, dist, settings=None):
    corpusprep.build(raw, dist, name="news", config=settings or {}, workers=0)


def limited(limit, results, target, *arguments):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        target(*arguments)
    except ReleaseError as error:
        results.put(str(error))
    else:
        results.put("published")


def push(path, url):
    constants.HF_HUB_DISABLE_XET = True
    os.environ["HF_TOKEN"] = "hf_for_tests_only"  # noqa: S105
    huggingface_hub.HfApi = lambda: HfApi(endpoint=url)
    release.push(path, "ann/news")
