"""What aiokafka fetched, unpacked as columns: a whole Kafka batch at a time, no object per record.

aiokafka makes a `ConsumerRecord` of each record, in Python: half of the worker's time went there.
The fetcher keeps what came, still packed, in a mapping until it is asked for; here that mapping
takes in something else to unpack it with. Its `max_records` counts Kafka's batches then; what a
fetch brings is bounded by its bytes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
from aiokafka.consumer.fetcher import READ_COMMITTED, Fetcher, FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException

from pipeline.core.records import Records

LOG_APPEND_TIME = 1
OLDEST_WITH_A_HEADER = 2
"""Kafka's message format whose batches tell their offsets."""


class ColumnarRecords(PartitionRecords):  # type: ignore[misc]  # aiokafka has no types
    """Iterates over `Records`, one for each Kafka batch that holds something to read."""

    next_fetch_offset: int

    def _unpack_records(self) -> Iterator[Records]:
        packed = self._records
        while packed.has_next():
            batch = packed.next_batch()
            if self._check_crcs and not batch.validate_crc():
                raise CorruptRecordException(f"Invalid CRC - {self._tp}")
            if not self._is_hidden(batch):
                records = _columns(batch, self.next_fetch_offset)
                if records is not None:
                    self.next_fetch_offset = records.last + 1
                    yield records
            # After compaction a batch may reach further than its last record.
            self.next_fetch_offset = batch.next_offset or self.next_fetch_offset

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


def _columns(batch: Any, from_offset: int) -> Records | None:
    """The records of a Kafka batch at `from_offset` or later; None if there are none."""
    records = list(batch)
    if not records:
        return None
    columns = _all_columns(batch, records)
    if columns.first >= from_offset:
        return columns
    skipped = int(np.searchsorted(columns.offsets, np.uint64(from_offset)))
    return columns[skipped:] if skipped < len(records) else None


def _all_columns(batch: Any, records: list[Any]) -> Records:
    first, count = records[0].offset, len(records)
    if getattr(batch, "magic", 0) < OLDEST_WITH_A_HEADER:
        return Records.of(records)
    if records[-1].offset - first == count - 1:
        offsets = np.arange(first, first + count, dtype=np.uint64)
    else:
        offsets = np.fromiter((record.offset for record in records), np.uint64, count)
    if batch.timestamp_type == LOG_APPEND_TIME:
        timestamps = np.full(count, batch.max_timestamp, np.int64)
    else:
        timestamps = np.fromiter((record.timestamp for record in records), np.int64, count)
    headers = [record.headers for record in records]
    return Records(
        offsets, timestamps, [record.value for record in records], headers if any(headers) else None
    )
