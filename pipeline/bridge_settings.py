"""Settings of `pulse bridge` (`PULSE_BRIDGE__*`): where alerts are told, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

CHANNELS = ("wecom", "dingtalk", "feishu", "slack", "email", "webhook")
"""Every kind of place that messages go to."""

_NONE = SecretStr("")


class BridgeSettings(BaseModel):
    """A channel is used if its address is set. Addresses of robots are secrets."""

    host: str = Field("127.0.0.1", description="where the bridge listens for Alertmanager")
    port: int = Field(9_094, ge=0, le=65_535, description="its port; 0 = any free one")
    language: Literal["en", "zh"] = Field("en", description="language of messages: en or zh")
    page: str = Field("", description="channels for pages, by commas; unset = all")
    notice: str = Field("", description="channels for notices, by commas; unset = all")
    wecom_url: SecretStr = Field(_NONE, description="address of a WeCom group robot")
    dingtalk_url: SecretStr = Field(_NONE, description="address of a DingTalk custom robot")
    dingtalk_secret: SecretStr = Field(_NONE, description="its secret (SEC...), if it has one")
    feishu_url: SecretStr = Field(_NONE, description="address of a Feishu or Lark custom robot")
    feishu_secret: SecretStr = Field(_NONE, description="its secret, if it has one")
    slack_url: SecretStr = Field(_NONE, description="address of a Slack incoming webhook")
    webhook_url: SecretStr = Field(_NONE, description="a webhook of yours, for our own JSON")
    webhook_token: SecretStr = Field(_NONE, description="its bearer token, if it wants one")
    smtp_host: str = Field("", description="mail server; with mail_from and mail_to: e-mail")
    smtp_port: int = Field(587, ge=1, le=65_535, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls or none"
    )
    smtp_user: str = Field("", description="user of the mail server, if it wants one")
    smtp_password: SecretStr = Field(_NONE, description="its password")
    mail_from: str = Field("", description="sender of the mails")
    mail_to: str = Field("", description="recipients of the mails, by commas")
    heartbeat_url: SecretStr = Field(
        _NONE, description="dead man's switch, asked each minute while all is well"
    )
    silence_minutes: int = Field(
        5, ge=0, le=1_440, description="minutes without the watchdog until it is told; 0 = never"
    )
    repeat_minutes: int = Field(
        60, ge=1, le=10_080, description="the same alert is told again only after so long"
    )
    answer_seconds: float = Field(
        8.0, gt=0, le=300, description="how long Alertmanager waits for the channels"
    )
    record_seconds: float = Field(
        3.0, gt=0, le=60, description="how long a message waits for its causes"
    )

    @field_validator("page", "notice")
    @classmethod
    def _known_channels(cls, names: str) -> str:
        for name in listed(names):
            if name not in CHANNELS:
                raise ValueError(f"no channel {name!r}; there are {', '.join(CHANNELS)}")
        return names

    @field_validator(
        "wecom_url", "dingtalk_url", "feishu_url", "slack_url", "webhook_url", "heartbeat_url"
    )
    @classmethod
    def _web_address(cls, url: SecretStr) -> SecretStr:
        told = url.get_secret_value().strip()
        if told and not told.startswith(("https://", "http://")):
            raise ValueError("write the whole address, beginning with https://")
        return SecretStr(told)

    @field_validator("mail_from", "mail_to")
    @classmethod
    def _mail_addresses(cls, text: str) -> str:
        for address in listed(text):
            if "@" not in address or not address.isprintable():
                raise ValueError(f"{address!r} is no mail address")
        return text

    @property
    def configured(self) -> tuple[str, ...]:
        """The channels that have an address."""
        return tuple(name for name in CHANNELS if self._has(name))

    def channels_of(self, kind: Literal["page", "notice"]) -> tuple[str, ...]:
        """The configured channels that hear pages, or notices."""
        wanted = listed(self.page if kind == "page" else self.notice) or self.configured
        return tuple(name for name in self.configured if name in wanted)

    def _has(self, name: str) -> bool:
        if name == "email":
            return bool(self.smtp_host and self.mail_from and self.mail_to)
        url: SecretStr = getattr(self, f"{name}_url")
        return bool(url.get_secret_value())


def contradictions(settings: BridgeSettings) -> Iterator[tuple[str, str, str, str]]:
    """What no single value shows: setting, value, fault, remedy."""
    for kind in ("page", "notice"):
        for name in listed(getattr(settings, kind)):
            if name not in settings.configured:
                remedy = "Set its address, or take it from the list."
                setting = f"PULSE_BRIDGE__{kind.upper()}"
                yield setting, name, f"channel {name} has no address", remedy
    for name in ("dingtalk", "feishu"):
        secret: SecretStr = getattr(settings, f"{name}_secret")
        if secret.get_secret_value() and name not in settings.configured:
            setting = f"PULSE_BRIDGE__{name.upper()}_URL"
            yield setting, "not set", "there is a secret and no address", "Set it."
    mail = {"SMTP_HOST": settings.smtp_host, "MAIL_FROM": settings.mail_from,
            "MAIL_TO": settings.mail_to}  # fmt: skip
    if any(mail.values()):
        for part, value in mail.items():
            if not value:
                setting = f"PULSE_BRIDGE__{part}"
                yield setting, "not set", "e-mail needs it", "Set it, or none of the three."
    if settings.smtp_user and not settings.smtp_password.get_secret_value():
        setting = "PULSE_BRIDGE__SMTP_PASSWORD"
        yield setting, "not set", "there is a user and no password", "Set it."


def listed(text: str) -> tuple[str, ...]:
    """The parts of a list by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())
