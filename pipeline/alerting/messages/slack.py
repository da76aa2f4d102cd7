"""Slack's incoming webhook: blocks, with a text for notifications."""

from __future__ import annotations

from pipeline.alerting.messages.dialect import SLACK, slack
from pipeline.alerting.messages.document import Document, Lines, fitted

HEADER_LIMIT = 150
SECTION_LIMIT = 3_000
"""Characters of one block's text."""
LIMIT = 12_000
"""Characters of all blocks: Slack refuses somewhat more than that, whatever its single blocks."""


def payload(document: Document) -> dict[str, object]:
    """The JSON of one message."""
    fits = fitted(document, lambda one: sum(map(len, _sections(one))), LIMIT)
    header = fits.title
    if len(header) > HEADER_LIMIT:
        header = f"{header[: HEADER_LIMIT - 1]}…"
    blocks: list[object] = [
        {"type": "header", "text": {"type": "plain_text", "text": header, "emoji": False}}
    ]
    for text in _sections(fits):
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": text}})
    return {"text": slack(fits.title), "blocks": blocks}


def _sections(document: Document) -> list[str]:
    return [_section(part) for part in document.parts]


def _section(lines: Lines) -> str:
    """The lines that one block has room for."""
    while len(lines) > 1 and len(SLACK.lines(lines)) > SECTION_LIMIT:
        lines = lines[:-1]
    return SLACK.lines(lines)
