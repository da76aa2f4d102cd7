"""Sends the input at its pace, journal first, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from kafka import KafkaProducer

from tests.chaos.journal import Journal
from tests.chaos.record import Record

TICK_S = 0.1
PATIENCE_MS = 3_600_000
"""A broker may be away for long: an idempotent producer sends again, in order, until it is back."""


class Sender(threading.Thread):
    """`count` records over `seconds`; `failure` is what kept it from sending one, if anything."""

    def __init__(
        self,
        bootstrap: str,
        journal: Journal,
        records: Iterator[Record],
        count: int,
        seconds: float,
    ) -> None:
        super().__init__(name="sender", daemon=True)
        self._journal = journal
        self._records = records
        self._count = count
        self._seconds = seconds
        self._stopping = threading.Event()
        self.failure: Exception | None = None
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap.split(","),
            client_id="chaos-sender",
            acks="all",
            enable_idempotence=True,
            delivery_timeout_ms=PATIENCE_MS,
            max_block_ms=PATIENCE_MS,
            max_request_size=2_000_000,
            linger_ms=20,
            compression_type="lz4",
        )

    def run(self) -> None:
        try:
            self._send_all()
            self._producer.flush(timeout=PATIENCE_MS / 1000)
        except Exception as error:
            self._note(error)
        finally:
            self._journal.close()
            self._producer.close(timeout=10)

    def stop(self) -> None:
        """Send no more than is in the journal."""
        self._stopping.set()
        self.join()

    def finish(self) -> None:
        """Wait until all is in the journal, and in the log."""
        self.join()
        self.check()

    def check(self) -> None:
        """Raise what kept a record from being sent: then the journal is no oracle any more."""
        if self.failure is not None:
            raise self.failure

    def _send_all(self) -> None:
        started = time.monotonic()
        while not self._stopping.is_set() and self.failure is None:
            share = min(1.0, (time.monotonic() - started) / self._seconds)
            chunk = list(islice(self._records, int(self._count * share) - self._journal.events))
            self._journal.write(chunk)
            for record in chunk:
                self._send(record)
            if share == 1.0:
                return
            self._stopping.wait(TICK_S)

    def _send(self, record: Record) -> None:
        sent: Any = self._producer.send(
            record.topic,
            key=b"chaos",
            value=record.value,
            partition=record.partition,
            headers=list(record.headers),
        )
        sent.add_errback(self._note)

    def _note(self, failure: Exception) -> None:
        self.failure = self.failure or failure
