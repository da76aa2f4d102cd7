"""The Faust app: one short agent per topic, all handing their batches to the committer.

`faust -A agents.app worker -l info` runs it as well as `pulse worker` does.
"""

from __future__ import annotations

from typing import Any

import faust
from faust import streams

from agents.transport import BatchApp, BatchSchema, Room
from agents.worker import Worker
from pipeline.errors import SettingsError
from pipeline.settings import Settings, load_settings
from sinks.broker import tls
from sinks.topics import TOPICS


class PulseApp(BatchApp):
    """The Faust app of one worker process; `worker` is everything that is not Faust's."""

    worker: Worker

    async def on_first_start(self) -> None:
        """Open the store and /metrics before the first record is fetched."""
        self.worker.open()
        self.worker.watch()
        await super().on_first_start()

    async def on_shutdown(self) -> None:
        """Close what was opened, once the streams have ended."""
        await super().on_shutdown()
        self.worker.close()


def create_app(settings: Settings) -> PulseApp:
    """Define the app; nothing is opened before it starts."""
    require_compiled_streams()
    app = PulseApp(
        settings.group,
        broker=[f"kafka://{host}" for host in settings.kafka.bootstrap.split(",")],
        broker_credentials=_credentials(settings),
        datadir=str(settings.state_dir / "faust"),
        store="memory://",
        table_standby_replicas=0,
        topic_partitions=settings.kafka.partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.instance or None,
        consumer_max_fetch_size=settings.batch.fetch_bytes,
        broker_max_poll_records=settings.batch.poll_records,
        broker_commit_interval=1.0,
        broker_max_poll_interval=86_400.0,
        broker_session_timeout=settings.kafka.session_s,
        broker_heartbeat_interval=2.0,
        # True would wait in the revoke callback until every batch is acked: for ever, while
        # the store is away.
        stream_wait_empty=False,
    )
    app.room = Room(settings.batch.buffer_bytes)
    app.worker = Worker(app, settings)
    for name in TOPICS:
        _count(app, name)
    app.task(app.worker.commit)
    app.task(app.worker.tick)
    app.on_partitions_assigned.connect(app.worker.on_assigned)
    app.on_partitions_revoked.connect(app.worker.on_revoked)
    app.on_before_shutdown.connect(app.worker.on_shutdown)
    return app


def require_compiled_streams() -> None:
    """Refuse Faust's Python streams: they ack what a rebalance made them skip, which loses it."""
    if streams._CStreamIterator is None:
        raise SettingsError(
            "Faust runs without its compiled streams, and would lose records on a rebalance",
            where="NO_CYTHON",
            remedy="Unset NO_CYTHON, and install faust-streaming from a wheel.",
        )


def _count(app: PulseApp, topic_name: str) -> None:
    topic = app.topic(topic_name, schema=BatchSchema())

    @app.agent(topic, name=topic_name, concurrency=1)
    async def agent(batches: Any) -> None:
        async for batch in batches.noack().events():
            await app.worker.committer.offer(batch)


def _credentials(settings: Settings) -> Any:
    if settings.kafka.security == "PLAINTEXT":
        return None
    return faust.SASLCredentials(
        username=settings.kafka.username,
        password=settings.kafka.password.get_secret_value(),
        mechanism="SCRAM-SHA-512",
        ssl_context=tls(settings.kafka),
    )


def __getattr__(name: str) -> Any:
    """Make `app` on first use, so that importing this module reads no environment."""
    if name != "app":
        raise AttributeError(name)
    app = create_app(load_settings())
    globals()["app"] = app
    return app
