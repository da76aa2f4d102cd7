"""What the robots' answers mean: they say 200 to everything, and the truth in the JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sinks.delivery.outcome import DeliveryError, Later, Refused

LIMITED_S = 60.0
"""How long a robot that had too much is left alone, if it does not say."""

LONGEST_S = 3_600.0

TOLD_LIMIT = 200
"""Characters of somebody else's error that are told on."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: status, headers with names in lower case, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Judge = Callable[[Answer], DeliveryError | None]
"""None if the message was taken."""


def by_status(answer: Answer) -> DeliveryError | None:
    """The answer of anybody who speaks HTTP: Slack, a webhook, a dead man's switch."""
    if 200 <= answer.status < 300:
        return None
    told = _short(answer.body.decode("utf-8", "replace"))
    what = f"It answered {answer.status}{f': {told}' if told else ''}"
    if answer.status == 429:
        return Later(what, after_s=retry_after(answer, LIMITED_S), remedy="It is being waited for.")
    if answer.status in (408, 425) or answer.status >= 500:
        return Later(what, after_s=retry_after(answer, 0.0), remedy="It is tried again.")
    remedy = "Is the address whole, and does the robot or the webhook still exist?"
    return Refused(what, remedy=remedy)


def retry_after(answer: Answer, otherwise: float) -> float:
    """Seconds that the header Retry-After asks for, an hour at most."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        seconds = float(int(text))
    except ValueError:
        try:
            until = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return otherwise
        if until.tzinfo is None:
            return otherwise
        seconds = (until - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_S)


def robot(
    code_name: str, text_name: str, limited: frozenset[int], remedies: Mapping[int, str]
) -> Judge:
    """The judge of a robot whose JSON has its verdict in `code_name`, 0 for taken.

    `limited` codes mean later; all others never, with the remedy of the code.
    """

    def judge(answer: Answer) -> DeliveryError | None:
        failed = by_status(answer)
        if failed and not (isinstance(failed, Refused) and code_name.encode() in answer.body):
            return failed
        try:
            told = json.loads(answer.body)
            code, text = int(told[code_name]), _short(str(told.get(text_name, "")))
        except (ValueError, TypeError, KeyError, AttributeError):
            shown = _short(answer.body.decode("utf-8", "replace"))
            remedy = "Is this the robot's address, and no proxy's page?"
            return Later(f"It answered no verdict: {shown or 'nothing'}", remedy=remedy)
        if code == 0:
            return None
        what = f"The robot said {code_name} {code}: {text}"
        if code in limited:
            wait = retry_after(answer, LIMITED_S)
            return Later(what, after_s=wait, remedy="Too many messages; it is being waited for.")
        remedy = remedies.get(code, "Look the code up in the robot's documentation.")
        return Refused(what, remedy=remedy)

    return judge


wecom = robot(
    "errcode",
    "errmsg",
    frozenset({-1, 45009, 45033}),
    {
        93000: "The key in PULSE_BRIDGE__WECOM_URL is not that of a robot; copy its address again.",
        40058: "The message is not as WeCom wants it; please report this.",
    },
)
dingtalk = robot(
    "errcode",
    "errmsg",
    frozenset({-1, 88, 130101, 410100}),
    {
        310000: "Choose the security setting `sign` (加签) and set PULSE_BRIDGE__DINGTALK_SECRET; "
        "with keywords, each message must hold one; check this machine's clock.",
        300001: "The token in PULSE_BRIDGE__DINGTALK_URL is wrong; copy the robot's address again.",
        400101: "The token in PULSE_BRIDGE__DINGTALK_URL is wrong; copy the robot's address again.",
        400102: "The robot is switched off; switch it on.",
        400106: "The robot is gone; make another one.",
        400013: "The group is dissolved; add the robot to another one.",
    },
)
feishu = robot(
    "code",
    "msg",
    frozenset({11232, 99991400}),
    {
        19001: "The token in PULSE_BRIDGE__FEISHU_URL is wrong; copy the robot's address again.",
        19021: "Set PULSE_BRIDGE__FEISHU_SECRET to the robot's secret; check this machine's clock.",
        19022: "Add this machine's address to the robot's list of addresses.",
        19024: "The robot wants a keyword; choose signature verification instead.",
        9499: "The message is not as Feishu wants it; please report this.",
    },
)


def _short(text: str) -> str:
    flat = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return flat if len(flat) <= TOLD_LIMIT else f"{flat[: TOLD_LIMIT - 1]}…"
