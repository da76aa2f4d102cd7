"""Faust's `exactly_once` starts with empty tables: decision `no-exactly-once.md`."""

from __future__ import annotations

from unittest.mock import AsyncMock, Mock

import faust
from faust.types import TP

CHANGELOG = TP("minutes-changelog", 0)


async def test_recovery_is_skipped_while_the_stable_offset_is_unknown() -> None:
    """The end of the changelog is asked of the client, which knows it only after a first fetch.

    Until then the answer is None, taken for an empty changelog: there is nothing to recover, and
    counting begins at zero. Upstream: robinhood/faust#658.
    """
    app = faust.App(
        "eos", broker="kafka://127.0.0.1:1", store="memory://", web_enabled=False,
        processing_guarantee="exactly_once",
    )  # fmt: skip
    app.finalize()
    recovery = app.tables.recovery
    recovery.add_active(Mock(persisted_offset=lambda _: None), CHANGELOG)
    consumer = Mock(
        highwaters=AsyncMock(return_value={CHANGELOG: None}),
        earliest_offsets=AsyncMock(return_value={CHANGELOG: 0}),
    )
    await recovery._build_highwaters(consumer, {CHANGELOG}, recovery.active_highwaters, "active")
    await recovery._build_offsets(consumer, {CHANGELOG}, recovery.active_offsets, "active")
    assert not recovery.need_recovery()

    consumer.highwaters = AsyncMock(return_value={CHANGELOG: 100})
    await recovery._build_highwaters(consumer, {CHANGELOG}, recovery.active_highwaters, "active")
    assert recovery.need_recovery()
