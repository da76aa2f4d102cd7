"""One process owns the folder: what the others are told."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import Fatal, SettingsError, StoreInUse
from pipeline.settings import Settings
from sinks.embedded import EmbeddedStore
from sinks.store import open_store
from tests.sinks.endless import running, wait_until

OPEN = """
import sys
from pipeline.errors import StoreInUse
from sinks.embedded import EmbeddedStore
try:
    EmbeddedStore(sys.argv[1]).close()
except StoreInUse as error:
    sys.exit(f"{error}")
"""

CLOSE_IN_USE = """
import sys, threading, time
from pipeline.errors import Fatal
from sinks import embedded
from sinks.embedded import EmbeddedStore

embedded.CLOSE_WAIT_S = 120.0
store = EmbeddedStore(sys.argv[1])
store.execute("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a")

def ask():
    while True:
        try:
            store.execute("INSERT INTO t SELECT number FROM numbers(100000)")
            store.query("SELECT sum(sipHash64(a)) AS s FROM t")
        except Fatal:
            break

for _ in range(2):
    threading.Thread(target=ask).start()
time.sleep(0.5)
store.close()
"""


def open_elsewhere(folder: Path) -> str:
    """What another process says when it opens the folder; empty if it could."""
    program = [sys.executable, "-c", OPEN, str(folder)]
    return subprocess.run(program, capture_output=True, text=True, check=False).stderr


def test_a_second_process_is_told_who_owns_the_folder(embedded: EmbeddedStore) -> None:
    said = open_elsewhere(embedded.folder)
    assert f"The embedded store belongs to process {os.getpid()}" in said
    assert "PULSE_STORE" in said


def test_after_closing_another_process_may_open_it(embedded: EmbeddedStore) -> None:
    embedded.close()
    assert open_elsewhere(embedded.folder) == ""


def test_closing_waits_for_what_runs_and_lets_nothing_begin(embedded: EmbeddedStore) -> None:
    """The engine crashes or hangs when a session is closed in use, or opened while it ends."""
    with ThreadPoolExecutor(2) as threads:
        sums = "SELECT sum(sipHash64(number)) AS n"
        slow = threads.submit(embedded.query, f"{sums} FROM numbers(150000000)")
        wait_until(lambda: running(embedded, sums) == 1)
        embedded.close()
        assert slow.result(timeout=300).height == 1  # what came is read after it ran
        with pytest.raises(Fatal, match="closed"):
            threads.submit(embedded.query, "SELECT 1").result()
    assert open_elsewhere(embedded.folder) == ""


def test_a_process_that_closes_it_while_its_threads_ask_comes_to_its_end(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", CLOSE_IN_USE, tmp_path / "a"], timeout=300, check=True)


def test_a_second_folder_in_one_process_is_refused(embedded: EmbeddedStore, tmp_path: Path) -> None:
    with pytest.raises(StoreInUse, match="another embedded store"):
        EmbeddedStore(tmp_path / "other")


def test_a_folder_that_would_be_read_as_options_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        EmbeddedStore(tmp_path / "a?mode=ro")


def test_open_store_goes_by_the_url(tmp_path: Path) -> None:
    store = open_store(Settings(store=f"chdb:{tmp_path / 'a'}"))
    try:
        assert isinstance(store, EmbeddedStore)
        assert store.modern
    finally:
        store.close()


def test_a_process_killed_with_the_store_open_leaves_a_folder_that_opens(tmp_path: Path) -> None:
    program = """
import os, sys
import polars as pl
from sinks.embedded import EmbeddedStore
store = EmbeddedStore(sys.argv[1])
store.execute("CREATE TABLE t (n UInt8) ENGINE = MergeTree ORDER BY n")
store.insert("t", pl.DataFrame({"n": [1]}))
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "s")], check=False)
    store = EmbeddedStore(tmp_path / "s")
    try:
        assert store.query("SELECT n FROM t").rows() == [(1,)]
    finally:
        store.close()
