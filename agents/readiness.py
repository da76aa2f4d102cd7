"""Whether a worker may be relied on: it has partitions, the store answers, it is caught up."""

from __future__ import annotations

from collections.abc import Mapping

from agents.lag import Lag, TopicPartition
from pipeline.counted import counted


def why_not_ready(
    lags: Mapping[TopicPartition, Lag], *, store_answers: bool, limit_s: float
) -> str:
    """One line; empty if it is ready. Caught up: nothing older than `limit_s` waits."""
    if not store_answers:
        return "the store does not answer"
    if not lags:
        return "no partition is assigned"
    for (topic, partition), lag in sorted(lags.items()):
        if lag.seconds > limit_s:
            return f"{topic}/{partition} is behind: {counted(lag.records, 'record')} to read"
        if not lag.records and not lag.caught_up:
            return f"the broker has not told of {topic}/{partition} of late"
    return ""
