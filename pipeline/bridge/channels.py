"""The channels of the settings: how a message is written and sent to each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

import httpx

from pipeline.alerting.messages import dingtalk, feishu, generic, slack, wecom
from pipeline.alerting.messages.document import Document
from pipeline.alerting.messages.encoding import encoded
from pipeline.alerting.messages.mail import email
from pipeline.alerting.messages.message import Message
from pipeline.alerting.messages.written import written
from pipeline.bridge.channel import Clock, Deliver
from pipeline.bridge_settings import BridgeSettings, listed
from pipeline.catalog.cause_words import Language
from sinks.delivery import answers
from sinks.delivery.http import post
from sinks.delivery.smtp import MailServer

PER_MINUTE: Mapping[str, int] = {
    "wecom": 20,
    "dingtalk": 20,
    "feishu": 100,
    "slack": 60,
    "email": 60,
    "webhook": 600,
}
"""Messages a minute that each takes, by its documentation; of the last two by ours."""


@dataclass(frozen=True)
class Outlets:
    """Ways out by channel, made from the settings. `repr` shows no address."""

    settings: BridgeSettings
    zone: tzinfo
    client: httpx.AsyncClient
    clock: Clock

    def __repr__(self) -> str:
        return f"Outlets({', '.join(self.settings.configured)})"

    def written(self, message: Message) -> Document:
        """The message in the language of the settings."""
        return written(message, Language(self.settings.language), self.zone)

    def deliver(self, channel: str) -> Deliver:
        """What sends a message to this channel."""
        deliver: Deliver = getattr(self, f"_{channel}")
        return deliver

    async def _wecom(self, message: Message) -> None:
        payload = wecom.payload(self.written(message))
        url = self.settings.wecom_url.get_secret_value()
        await post(self.client, url, encoded(payload), judge=answers.wecom)

    async def _dingtalk(self, message: Message) -> None:
        payload = dingtalk.payload(self.written(message))
        url = self.settings.dingtalk_url.get_secret_value()
        secret = self.settings.dingtalk_secret.get_secret_value()
        signed = dingtalk.signed(url, secret, self.clock.now_ms())
        await post(self.client, signed, encoded(payload), judge=answers.dingtalk)

    async def _feishu(self, message: Message) -> None:
        payload = feishu.payload(self.written(message))
        secret = self.settings.feishu_secret.get_secret_value()
        signed = {**feishu.signature(secret, self.clock.now_ms() // 1000), **payload}
        url = self.settings.feishu_url.get_secret_value()
        await post(self.client, url, encoded(signed), judge=answers.feishu)

    async def _slack(self, message: Message) -> None:
        payload = slack.payload(self.written(message))
        url = self.settings.slack_url.get_secret_value()
        await post(self.client, url, encoded(payload), judge=answers.by_status)

    async def _webhook(self, message: Message) -> None:
        payload = generic.payload(self.written(message), message)
        token = self.settings.webhook_token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = self.settings.webhook_url.get_secret_value()
        await post(self.client, url, encoded(payload), judge=answers.by_status, headers=headers)

    async def _email(self, message: Message) -> None:
        settings = self.settings
        mail = email(
            self.written(message),
            message,
            sender=settings.mail_from,
            recipients=listed(settings.mail_to),
        )
        server = MailServer(
            settings.smtp_host,
            settings.smtp_port,
            settings.smtp_security,
            settings.smtp_user,
            settings.smtp_password.get_secret_value(),
        )
        await asyncio.to_thread(server.send, mail)

    async def ping(self) -> None:
        """Ask the dead man's switch."""
        url = self.settings.heartbeat_url.get_secret_value()
        await post(self.client, url, b"", judge=answers.by_status)
