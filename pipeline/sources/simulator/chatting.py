"""The chats of one group that begin in one hour.

People drop in and say a few things in a row. How many drop in varies more than chance alone
(gamma factors for the day and the hour), people differ in how much they talk, and messages come
in bursts: counts are overdispersed like those of real groups, and close to negative binomial.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.sources.simulator.crowd import Crowd, Indices
from pipeline.sources.simulator.groups import Plan, numbers
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS, intensity
from pipeline.sources.simulator.scenario import Drop
from pipeline.sources.simulator.stamp import Stamp
from schemas.chat import Chat, MessageType
from schemas.envelope import ActorRole
from schemas.event_type import EventType

VISITS_A_DAY = 0.36
"""How often an average member drops in to say something."""
BURST_END = 0.45
"""Chance that a message is the last one of its burst."""
GAP_MS = 45_000.0
DAY_SHAPE = 60.0
HOUR_SHAPE = 40.0
"""Shapes of the gamma factors of a day and an hour, mean 1: the larger, the steadier."""

QUESTIONS = 0.12
MENTIONS = 0.08
KINDS = (MessageType.TEXT, MessageType.IMAGE, MessageType.LINK, MessageType.VOICE, MessageType.FILE)
KIND_SHARES = (0.80, 0.11, 0.05, 0.03, 0.01)
_KINDS_UP_TO = np.cumsum(KIND_SHARES)[:-1]
NOBODY = -1


def chats_of_hour(
    plan: Plan, crowd: Crowd, hour_ms: int, stamp: Stamp, drops: Sequence[Drop]
) -> Iterator[Chat]:
    """Chats of bursts that begin in the hour; they end within the next one.

    A drop takes away chats of those it silences and changes nothing else: all chance is drawn
    before.
    """
    present = crowd.present(hour_ms)
    if not present.size:
        return
    draw = numbers(plan, "chat", crowd.group, hour_ms // HOUR_MS)
    speaker, spoken_ms = _bursts(plan, crowd, hour_ms, present, draw)
    kept = (spoken_ms < hour_ms + 2 * HOUR_MS) & (spoken_ms < crowd.left[speaker])
    part = str(hour_ms // HOUR_MS)
    columns = (kept, speaker, spoken_ms, *_contents(present, speaker, draw))
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for number, (is_kept, stay, event_ms, kind, length, asks, other) in enumerate(rows):
        user_id, role = crowd.user_ids[stay], crowd.stays[stay].role
        silenced = role is ActorRole.MEMBER and any(
            drop.silences(crowd.group, user_id, event_ms) for drop in drops
        )
        if not is_kept or silenced:
            continue
        yield Chat(
            **stamp.envelope(
                EventType.CHAT,
                event_ms=event_ms,
                user_id=user_id,
                part=part,
                number=number,
                role=role,
            ),
            message_id=stamp.name(part, number),
            msg_type=KINDS[kind],
            text_len=length,
            is_question=asks,
            mentions=() if other == NOBODY else (crowd.user_ids[other],),
            staff_id=user_id if role is ActorRole.STAFF else None,
        )


def _bursts(
    plan: Plan, crowd: Crowd, hour_ms: int, present: Indices, draw: np.random.Generator
) -> tuple[Indices, Indices]:
    """Who speaks and when (epoch ms), a message each, burst by burst."""
    up_to = np.cumsum(crowd.talkativeness(hour_ms, present))
    mean = up_to[-1] * VISITS_A_DAY / 24 * intensity(hour_ms, plan.clock_zone)
    mood = mood_of_day(plan, crowd.group, hour_ms // DAY_MS)
    visits = int(draw.poisson(mean * mood * draw.gamma(HOUR_SHAPE, 1 / HOUR_SHAPE)))
    visitors = present[np.searchsorted(up_to, draw.random(visits) * up_to[-1], side="right")]
    begins = hour_ms + draw.random(visits) * HOUR_MS
    sizes = draw.geometric(BURST_END, visits)
    first = np.cumsum(sizes) - sizes
    gaps = draw.exponential(GAP_MS, int(sizes.sum()))
    gaps[first] = 0.0
    passed = np.cumsum(gaps)
    spoken = np.repeat(begins - passed[first], sizes) + passed
    return np.repeat(visitors, sizes), spoken.astype(np.int64)


def _contents(
    present: Indices, speaker: Indices, draw: np.random.Generator
) -> tuple[Indices, Indices, npt.NDArray[np.bool_], Indices]:
    """Each message's kind, its text's length, whether it asks, and which stay it mentions."""
    n = speaker.size
    kinds = np.searchsorted(_KINDS_UP_TO, draw.random(n), side="right")
    is_text = kinds == KINDS.index(MessageType.TEXT)
    lengths = is_text * (1 + draw.lognormal(2.6, 0.9, n).astype(np.int64))
    asks = is_text & (draw.random(n) < QUESTIONS)
    others = present[draw.integers(0, present.size, n)]
    mentions = (draw.random(n) < MENTIONS) & (others != speaker)
    return kinds, lengths, asks, np.where(mentions, others, NOBODY)


@lru_cache(maxsize=4096)
def mood_of_day(plan: Plan, group: int, day: int) -> float:
    """How lively a group is on a day (UTC), 1.0 on the average."""
    return float(numbers(plan, "mood", group, day).gamma(DAY_SHAPE, 1 / DAY_SHAPE))
