"""Reads the consumer's side of the lag: end offsets and poll times of what is assigned."""

from __future__ import annotations

from agents.lag import Lag, LagMeter, TopicPartition
from agents.transport import BatchApp


class ConsumerLag:
    """Lag of every assigned topic partition, asked on the event loop."""

    def __init__(self, app: BatchApp) -> None:
        self._app = app
        self.meter = LagMeter()

    def measure(self, now_ms: int) -> dict[TopicPartition, Lag]:
        """Lag by (topic, partition) at wall time `now_ms`; empty while nothing is assigned."""
        consumer = self._app.consumer
        client = consumer._thread._consumer
        if client is None:
            return {}
        lags = {}
        for tp in client.assignment():
            try:
                end_offset = client.highwater(tp)
                polled_ms = client.last_poll_timestamp(tp)
            except (AssertionError, KeyError):  # a rebalance took it meanwhile
                continue
            place = (tp.topic, tp.partition)
            lags[place] = self.meter.measure(
                place,
                end_offset=end_offset,
                polled_ms=polled_ms,
                committed=consumer._committed_offset.get(tp) or 0,
                now_ms=now_ms,
            )
        return lags
