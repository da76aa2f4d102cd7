"""An e-mail: text and HTML, in one thread per incident."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from pipeline.alerting.messages.dialect import HTML, PLAIN
from pipeline.alerting.messages.document import Document, Mood
from pipeline.alerting.messages.message import Message

COLOURS = {Mood.CRITICAL: "#b3261e", Mood.WARNING: "#b25e00", Mood.ENDED: "#1b6e3c"}
LINE = 900
"""Bytes of a header's line; the protocol takes 998. A short one folds titles before word one."""
THREADS = 10
"""Incidents that one mail may belong to."""


def email(
    document: Document,
    message: Message,
    *,
    sender: str,
    recipients: Sequence[str],
) -> EmailMessage:
    """The mail. Each attempt to send it has the same Message-ID, so servers see the copy.

    All mails of an incident refer to one root that was never sent; mail programs make that a
    thread.
    """
    domain = sender.rpartition("@")[2].rstrip(">") or "localhost"
    roots = dict.fromkeys(
        f"<incident.{_token(item.incident_id)}@{domain}>" for item in message.items[:THREADS]
    )
    mail = EmailMessage(policy=SMTP.clone(max_line_length=LINE))
    mail["Subject"] = document.title
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.made_ms / 1000, UTC))
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    if roots:
        mail["In-Reply-To"] = next(iter(roots))
        mail["References"] = " ".join(roots)
    mail["Auto-Submitted"] = "auto-generated"
    if document.mood is Mood.CRITICAL:
        mail["Importance"] = "high"
        mail["X-Priority"] = "1"
    mail.set_content("\n\n".join([document.title, *map(PLAIN.lines, document.parts)]) + "\n")
    mail.add_alternative(_page(document), subtype="html")
    return mail


def _page(document: Document) -> str:
    colour = COLOURS.get(document.mood, "#444444")
    parts = "\n".join(f"<p>{HTML.lines(part)}</p>" for part in document.parts)
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head>\n'
        '<body style="font-family: sans-serif; font-size: 15px; line-height: 1.5">\n'
        f'<h2 style="color: {colour}; font-size: 18px">{html.escape(document.title)}</h2>\n'
        f"{parts}\n</body></html>\n"
    )


def _token(text: str) -> str:
    """An id without the characters that a Message-ID may not have."""
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in text)[:80]
