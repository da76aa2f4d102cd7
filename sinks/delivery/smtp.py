"""Hands a mail to an SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

from sinks.delivery.outcome import DeliveryError, Later, Refused

SECONDS = 20.0
"""How long the server may take for one step."""

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True)
class MailServer:
    """Where mail goes, and as whom. `repr` shows no password."""

    host: str
    port: int
    security: Security
    user: str
    password: str

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port})"

    def send(self, mail: EmailMessage) -> None:
        """Send to every recipient of `mail`; returns once the server took it for at least one.

        Raises Later or Refused. Delivery: at least once.
        """
        try:
            with self._connect() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(mail)
        except (smtplib.SMTPException, OSError) as error:
            raise _failure(error) from error

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=SECONDS, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=SECONDS)
        if self.security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


def _failure(error: Exception) -> DeliveryError:
    later, remedy = False, "Check PULSE_BRIDGE__MAIL_FROM, PULSE_BRIDGE__MAIL_TO and SMTP_*."
    match error:
        case smtplib.SMTPAuthenticationError():
            what = f"The mail server lets nobody in ({error.smtp_code})"
            remedy = "Check PULSE_BRIDGE__SMTP_USER and PULSE_BRIDGE__SMTP_PASSWORD."
            later = error.smtp_code < 500
        case smtplib.SMTPRecipientsRefused():
            codes = sorted({code for code, _ in error.recipients.values()})
            what = f"The mail server takes no recipient ({', '.join(map(str, codes))})"
            later = all(code < 500 for code in codes)
        case smtplib.SMTPNotSupportedError():
            what = f"The mail server does not offer that: {error}"
            remedy = "Set PULSE_BRIDGE__SMTP_SECURITY to what it offers, or leave out the user."
        case smtplib.SMTPResponseException():
            what = f"The mail server said {error.smtp_code}"
            later = error.smtp_code < 500
        case ssl.SSLCertVerificationError():
            what = "The mail server's certificate does not hold"
            remedy = "Use the name in its certificate as PULSE_BRIDGE__SMTP_HOST."
        case _:
            what = f"The mail server cannot be reached ({type(error).__name__})"
            remedy = "Check PULSE_BRIDGE__SMTP_HOST, its port and PULSE_BRIDGE__SMTP_SECURITY."
            later = True
    return Later(what, remedy=remedy) if later else Refused(what, remedy=remedy)
