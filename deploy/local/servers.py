"""The servers of the local stack, each a context manager over one child process."""

from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import Kafka
from deploy.local.process import Server
from deploy.local.prometheus import Alertmanager, Prometheus
from deploy.local.stack import Programs

__all__ = ["Alertmanager", "ClickHouse", "Kafka", "Programs", "Prometheus", "Server"]
