"""Our topics on a broker that many tests share, one after the other."""

from __future__ import annotations

import time

from pipeline.settings import KafkaSettings
from sinks.broker import admin_of
from sinks.topics import TOPICS


def drop_topics(kafka: KafkaSettings) -> None:
    """Delete our topics, and what groups have committed of them; wait until they are gone."""
    with admin_of(kafka) as admin:
        if there := sorted(set(TOPICS).intersection(admin.list_topics())):
            admin.delete_topics(there)
        while not set(TOPICS).isdisjoint(admin.list_topics()):
            time.sleep(0.02)
