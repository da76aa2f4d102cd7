"""Settings of the bridge: which channels there are, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.bridge_settings import CHANNELS, BridgeSettings, contradictions

URL = "https://robot.example/send?key=SECRET"


def settings(**told: Any) -> BridgeSettings:
    return BridgeSettings.model_validate(told)


def test_nothing_is_configured_by_itself() -> None:
    assert settings().configured == ()
    assert list(contradictions(settings())) == []


@pytest.mark.parametrize("name", [name for name in CHANNELS if name != "email"])
def test_an_address_makes_a_channel_of_pages_and_notices(name: str) -> None:
    told = settings(**{f"{name}_url": URL})
    assert told.configured == (name,)
    assert told.channels_of("page") == told.channels_of("notice") == (name,)
    assert "SECRET" not in f"{told!r} {told}"


def test_mail_needs_a_server_a_sender_and_a_recipient() -> None:
    mail = {"smtp_host": "mail.example", "mail_from": "a@x.example", "mail_to": "b@x.example"}
    assert settings(**mail).configured == ("email",)
    for name in mail:
        told = settings(**(mail | {name: ""}))
        assert told.configured == ()
        assert [fault[0] for fault in contradictions(told)] == [f"PULSE_BRIDGE__{name.upper()}"]


def test_pages_and_notices_may_go_to_different_channels() -> None:
    told = settings(wecom_url=URL, slack_url=URL, page="slack, wecom", notice="wecom")
    assert told.channels_of("page") == ("wecom", "slack")
    assert told.channels_of("notice") == ("wecom",)


@pytest.mark.parametrize(
    ("told", "setting"),
    [
        ({"page": "wecom"}, "PULSE_BRIDGE__PAGE"),
        ({"notice": "slack", "wecom_url": URL}, "PULSE_BRIDGE__NOTICE"),
        ({"dingtalk_secret": "x"}, "PULSE_BRIDGE__DINGTALK_URL"),
        ({"feishu_secret": "x"}, "PULSE_BRIDGE__FEISHU_URL"),
        ({"smtp_user": "x"}, "PULSE_BRIDGE__SMTP_PASSWORD"),
    ],
)
def test_contradictions_are_told_with_what_to_do(told: dict[str, str], setting: str) -> None:
    ((found, _, fault, remedy),) = contradictions(settings(**told))
    assert found == setting
    assert fault
    assert remedy


@pytest.mark.parametrize(
    "told",
    [{"page": "wecom,telegram"}, {"language": "fr"}, {"wecom_url": "robot.example/SECRET"},
     {"heartbeat_url": "ftp://SECRET"}, {"mail_to": "a@x.example,nobody"}, {"port": 70_000},
     {"mail_from": "a@x.example\nBcc: b@x.example"}, {"smtp_security": "ssl"},
     {"answer_seconds": 0}],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_no_secret_told(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(**told)
    faults = refused.value.errors(include_input=False, include_url=False, include_context=False)
    assert "SECRET" not in str(faults)
