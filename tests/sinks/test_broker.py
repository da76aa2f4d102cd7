from __future__ import annotations

import socket
import ssl
from contextlib import closing
from pathlib import Path

import pytest
from kafka.errors import KafkaTimeoutError
from pydantic import SecretStr

from deploy.local.ports import free_ports
from pipeline.errors import BrokerError, SettingsError
from pipeline.settings import KafkaSettings
from sinks.broker import broker_errors, connection

SECURE = KafkaSettings(
    bootstrap="a:9093,b:9093", security="SASL_SSL", username="pulse", password=SecretStr("s3cret")
)


def test_in_the_clear_there_are_no_credentials() -> None:
    arguments = connection(KafkaSettings(bootstrap="a:1,b:2"), role="x")
    assert arguments["bootstrap_servers"] == ["a:1", "b:2"]
    assert not any(name.startswith(("sasl", "ssl")) for name in arguments)


def test_secured_means_scram_over_verified_tls() -> None:
    arguments = connection(SECURE, role="x")
    assert arguments["security_protocol"] == "SASL_SSL"
    assert arguments["sasl_mechanism"] == "SCRAM-SHA-512"
    assert arguments["sasl_plain_password"] == "s3cret"
    context = arguments["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_missing_authority_is_told_with_its_setting(tmp_path: Path) -> None:
    missing = SECURE.model_copy(update={"ca_file": tmp_path / "no.pem"})
    with pytest.raises(SettingsError) as caught:
        connection(missing, role="x")
    assert "PULSE_KAFKA__CA_FILE" in caught.value.where


def test_kafkas_errors_become_ours_without_the_password() -> None:
    with pytest.raises(BrokerError) as caught, broker_errors(SECURE):
        raise KafkaTimeoutError("no answer")
    assert "no answer" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_who_is_not_let_in_hears_how_far_each_address_is_reached() -> None:
    closed = f"127.0.0.1:{free_ports(1)[0]}"
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        open_ = f"127.0.0.1:{silent.getsockname()[1]}"
        kafka = KafkaSettings(bootstrap=f"{closed},{open_},no-host.invalid:9092")
        with pytest.raises(BrokerError) as caught, broker_errors(kafka):
            raise KafkaTimeoutError("Unable to bootstrap from them")
    refused, answers_not, unknown = caught.value.what.split("; ")
    assert refused == f"Kafka fails: {closed}: Connection refused"
    assert answers_not == f"{open_} takes connections, but does not answer as PLAINTEXT should"
    assert unknown.startswith("no-host.invalid:9092: ")
