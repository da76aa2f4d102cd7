"""The peers in Python, each in an environment of its own: stock Faust, quixstreams, bytewax, and
the limit of what a Python program can do."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.benchmarks.contestant import Contestant, Counting, Running, topic_environment
from tests.benchmarks.course import Course
from tests.benchmarks.environments import PEERS, make_python, python_of


def _start(
    environment: str, program: str, at_most: int | None, course: Course, folder: Path
) -> Running:
    chats = course.filled.events["chat"]
    target = min(chats, at_most or chats)
    return Counting(
        [python_of(environment), PEERS / program / "count.py"],
        topic_environment(course, folder, target=target),
        folder,
        target=target,
        windows=len(course.filled.chat_windows) if target == chats else None,
    )


def _peer(
    name: str, title: str, settings: str, *, environment: str, program: str, at_most: int | None
) -> Contestant:
    return Contestant(
        name=name,
        title=title,
        job="bare",
        settings=settings,
        start=partial(_start, environment, program, at_most),
        prepare=partial(make_python, environment),
    )


FAUST_STOCK = _peer(
    "faust_stock",
    "Faust 0.15, windowed table",
    "store memory, changelog on, orjson, uvloop, broker_max_poll_records 5,000; its first"
    " 60,000 events",
    environment="faust",
    program="faust",
    at_most=60_000,
)
QUIXSTREAMS = _peer(
    "quixstreams",
    "Quix Streams 3, tumbling window count().current()",
    "RocksDB state, changelog on (lz4, linger 50 ms), commit_interval 5 s, fetch.wait.max.ms 100,"
    " at least once; its first 500,000 events",
    environment="quixstreams",
    program="quixstreams",
    at_most=500_000,
)
BYTEWAX = _peer(
    "bytewax",
    "bytewax 0.21, fold_window",
    "one worker, KafkaSource batch_size 10,000, orjson, state in memory, no recovery store",
    environment="bytewax",
    program="bytewax",
    at_most=None,
)
LIMIT = _peer(
    "limit",
    "the limit: aiokafka getmany, orjson, a dict",
    "no framework, nothing stored; 1 MB fetches, fetch_max_wait_ms 100, uvloop",
    environment="faust",
    program="limit",
    at_most=None,
)
