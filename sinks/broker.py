"""How every client of ours reaches Kafka, and what becomes of its errors."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from pipeline.errors import BrokerError, SettingsError
from pipeline.settings import KafkaSettings

BOOTSTRAP_SECONDS = 15
CONNECT_SECONDS = 2


def connection(kafka: KafkaSettings, *, role: str) -> dict[str, Any]:
    """Arguments of kafka-python's clients: where, as whom, how secured."""
    plain = {
        "bootstrap_servers": kafka.bootstrap.split(","),
        "client_id": f"pulse-{role}",
        "bootstrap_timeout_ms": BOOTSTRAP_SECONDS * 1000,
        "security_protocol": kafka.security,
    }
    if kafka.security == "PLAINTEXT":
        return plain
    return {
        **plain,
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": kafka.username,
        "sasl_plain_password": kafka.password.get_secret_value(),
        "ssl_context": tls(kafka),
    }


def tls(kafka: KafkaSettings) -> ssl.SSLContext:
    """TLS 1.2 or later, the broker's certificate and host name checked."""
    try:
        context = ssl.create_default_context(cafile=kafka.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"The certificate authority cannot be read: {error}",
            where=f"PULSE_KAFKA__CA_FILE={kafka.ca_file}",
            remedy="Name the PEM file of the authority that signed the brokers' certificates.",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def broker_failure(kafka: KafkaSettings, why: str) -> BrokerError:
    """What to raise when a client of whatever library fails."""
    return BrokerError(
        f"Kafka fails: {why}",
        where=f"PULSE_KAFKA__BOOTSTRAP={kafka.bootstrap}",
        remedy="Is the broker up, and this its address? `pulse topics list` asks it.",
    )


@contextmanager
def broker_errors(kafka: KafkaSettings) -> Iterator[None]:
    """Raise BrokerError for whatever kafka-python raises within."""
    try:
        yield
    except (KafkaError, OSError) as error:
        why = str(error) or type(error).__name__
        if "bootstrap" in why:  # of kafka-python: it says only that it was tried
            why = "; ".join([_how_far(address, kafka) for address in kafka.bootstrap.split(",")])
        raise broker_failure(kafka, why) from error


def _how_far(address: str, kafka: KafkaSettings) -> str:
    """How far a client gets that nobody let in."""
    host, _, port = address.strip().rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
    except (OSError, OverflowError, ValueError) as error:
        return f"{address}: {getattr(error, 'strerror', None) or error}"
    return f"{address} takes connections, but does not answer as {kafka.security} should"


@contextmanager
def admin_of(kafka: KafkaSettings) -> Iterator[KafkaAdminClient]:
    """Kafka's admin client, closed at the end of the block; raises BrokerError."""
    with broker_errors(kafka):
        admin = KafkaAdminClient(**connection(kafka, role="admin"))
        try:
            yield admin
        finally:
            admin.close()
