"""Mail to a real SMTP server on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from deploy.local.ports import free_ports
from sinks.delivery.outcome import Later, Refused
from sinks.delivery.smtp import MailServer, Security


class Mailbox:
    """What a server took; answers as it is told to."""

    def __init__(self, answer: str = "250 OK", recipient: str = "250 OK") -> None:
        self.answer = answer
        self.recipient = recipient
        self.taken: list[Envelope] = []

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            self.taken.append(envelope)
        return self.answer


@contextmanager
def listening(mailbox: Mailbox, **settings: Any) -> Iterator[int]:
    (port,) = free_ports(1)
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **settings)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def mail() -> EmailMessage:
    one = EmailMessage()
    one["Subject"] = "群 dropped"
    one["From"] = "pulse@x.example"
    one["To"] = "a@x.example, b@x.example"
    one.set_content("text")
    return one


def server(
    port: int, security: Security = "none", user: str = "", password: str = ""
) -> MailServer:
    return MailServer("127.0.0.1", port, security, user, password)


def test_every_recipient_gets_it() -> None:
    mailbox = Mailbox()
    with listening(mailbox) as port:
        server(port).send(mail())
    (taken,) = mailbox.taken
    assert taken.rcpt_tos == ["a@x.example", "b@x.example"]
    assert taken.mail_from == "pulse@x.example"


@pytest.mark.parametrize(
    ("answer", "recipient", "kind"),
    [
        ("451 busy", "250 OK", Later),
        ("554 spam", "250 OK", Refused),
        ("250 OK", "450 later", Later),
        ("250 OK", "550 unknown", Refused),
    ],
)
def test_a_server_that_does_not_take_it(answer: str, recipient: str, kind: Any) -> None:
    with listening(Mailbox(answer, recipient)) as port, pytest.raises(kind) as told:
        server(port).send(mail())
    assert told.value.remedy


def test_a_wrong_password_is_refused_and_a_right_one_is_not() -> None:
    def authenticated(*told: Any) -> AuthResult:
        return AuthResult(success=told[-1].password == b"right", handled=False)

    mailbox = Mailbox()
    settings: dict[str, Callable[..., AuthResult] | bool] = {
        "authenticator": authenticated,
        "auth_require_tls": False,
    }
    with listening(mailbox, **settings) as port:
        with pytest.raises(Refused, match="lets nobody in") as told:
            server(port, user="u", password="wrong-secret").send(mail())
        assert "wrong-secret" not in str(told.value)
        server(port, user="u", password="right").send(mail())
    assert len(mailbox.taken) == 1


def test_encryption_that_is_not_offered_is_refused_rather_than_left_out() -> None:
    mailbox = Mailbox()
    with listening(mailbox) as port, pytest.raises(Refused, match="does not offer"):
        server(port, "starttls").send(mail())
    assert mailbox.taken == []


def test_nobody_there_is_later() -> None:
    (port,) = free_ports(1)
    with pytest.raises(Later, match="cannot be reached"):
        server(port).send(mail())


def test_its_text_shows_no_password() -> None:
    assert "hush" not in repr(server(1, user="u", password="hush"))
