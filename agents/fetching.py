"""What aiokafka fetched, unpacked as columns: a whole Kafka batch at a time, no object per record.

aiokafka makes a `ConsumerRecord` of each record, in Python: half of the worker's time went there.
The fetcher keeps what came, still packed, in a mapping until it is asked for; here that mapping
takes in something else to unpack it with. Its `max_records` counts Kafka's batches then; what a
fetch brings is bounded by its bytes. Batches of plain records are read by record_batch.py, all
others by aiokafka.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
from aiokafka.consumer import fetcher as fetching
from aiokafka.consumer.fetcher import READ_COMMITTED, Fetcher, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.memory_records import MemoryRecords

from agents.record_batch import length, plain_records
from pipeline.core.records import Records


class KeptRecords(MemoryRecords):  # type: ignore[misc]  # aiokafka has no types
    """aiokafka's sequence of Kafka batches, and the bytes that it was made of as `data`."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = memoryview(data)


fetching.MemoryRecords = KeptRecords


class ColumnarRecords(PartitionRecords):  # type: ignore[misc]  # aiokafka has no types
    """Iterates over `Records`, one for each Kafka batch that holds something to read."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Records]:
        packed = self._records
        at = 0
        while packed.has_next():
            batch = packed.next_batch()
            end = at + length(packed.data, at)
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if not self._is_hidden(batch):
                columns = plain_records(packed.data[at:end]) or _records_of(batch)
                records = columns and _beginning_at(self.next_fetch_offset, columns)
                if records is not None:
                    self.next_fetch_offset = records.last + 1
                    yield records
            # After compaction a batch may reach further than its last record.
            self.next_fetch_offset = batch.next_offset or self.next_fetch_offset
            at = end

    def _is_hidden(self, batch: Any) -> bool:
        """Whether it is Kafka's own marker, or belongs to an aborted transaction."""
        if self._isolation_level == READ_COMMITTED and batch.producer_id is not None:
            self._consume_aborted_up_to(batch.base_offset)
            if batch.is_control_batch and self._contains_abort_marker(batch):
                self._aborted_producers.discard(batch.producer_id)
            if batch.is_transactional and batch.producer_id in self._aborted_producers:
                return True
        return bool(batch.is_control_batch)


class _InColumns(OrderedDict[Any, Any]):
    """What is fetched and not taken yet, by partition; what comes in is unpacked in columns."""

    def __setitem__(self, place: Any, result: Any) -> None:
        if isinstance(result, FetchResult):
            result._partition_records = _in_columns(result._partition_records)
        super().__setitem__(place, result)


def unpack_in_columns(fetcher: Fetcher) -> None:
    """Have `fetcher` give out `Records` from now on. May be called any number of times."""
    if type(fetcher._records) is not _InColumns:
        fetcher._records = _InColumns(fetcher._records)


def _in_columns(records: PartitionRecords) -> ColumnarRecords:
    records._records_iterator = None  # it holds `records`, and what was fetched with them
    return ColumnarRecords(
        records._tp,
        records._records,
        records._aborted_transactions,
        records.next_fetch_offset,
        records._key_deserializer,
        records._value_deserializer,
        records._check_crcs,
        records._isolation_level,
    )


def _records_of(batch: Any) -> Records | None:
    """The records of a Kafka batch as aiokafka reads them; None if there are none."""
    records = list(batch)
    return Records.of(records) if records else None


def _beginning_at(offset: int, records: Records) -> Records | None:
    """Those of `records` that lie at `offset` or later; None if there are none."""
    if records.first >= offset:
        return records
    skipped = int(np.searchsorted(records.offsets, np.uint64(offset)))
    return records[skipped:] if skipped < len(records) else None
