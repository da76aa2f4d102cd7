"""A batch of records of one topic, decoded: columns for the clean ones, one by one for the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.columns import InParts, at_once, read_columns
from schemas.decode import YEAR_2000_MS, Limits, decode
from schemas.event import MODELS, Event
from schemas.event_type import EventType
from schemas.facts import DEFAULTS, frame_of
from schemas.rejection import Rejection
from schemas.texts import Texts


@dataclass(frozen=True)
class Decoded:
    """The events of a batch and what is not counted; each index of the batch is in one of them.

    `frame` is as `schemas.facts.frame_of` makes it, in order of `row`; `rejected` is in order too.
    """

    frame: pl.DataFrame
    rejected: list[tuple[int, Rejection]]


def decode_batch(
    topic_type: EventType,
    values: Texts,
    latest_ms: npt.NDArray[np.int64],
    limits: Limits,
    in_parts: InParts = at_once,
) -> Decoded:
    """What `schemas.decode.decode` says to each of `values`, of a type that leaves facts.

    `latest_ms` holds the latest event time to believe, for each value. The fast way only ever
    accepts: a record that is not clean, or breaks a limit, is judged by `decode` itself.
    """
    frame, _ = read_columns(topic_type, values, limits.max_bytes, in_parts)
    rows = frame["row"].to_numpy()
    sure = _within(frame, limits, latest_ms[rows]) & _complete(topic_type, frame)
    if not sure.all():
        frame, rows = frame.filter(sure), rows[sure]
    unsure = np.ones(len(values), np.bool_)
    unsure[rows] = False
    events: list[Event] = []
    places: list[int] = []
    rejected: list[tuple[int, Rejection]] = []
    for row in np.flatnonzero(unsure).tolist():
        verdict = decode(
            values[row], topic_type=topic_type, limits=limits, latest_ms=int(latest_ms[row])
        )
        if isinstance(verdict, Rejection):
            rejected.append((row, verdict))
        else:
            events.append(verdict)
            places.append(row)
    if events:
        frame = pl.concat([frame, frame_of(events, places)]).sort("row")
    return Decoded(frame, rejected)


def _complete(event_type: EventType, frame: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Which events surely have what they need because of what they are."""
    complete = np.ones(frame.height, np.bool_)
    for need in MODELS[event_type].needs:
        complete &= need.surely_met(frame, DEFAULTS[event_type][need.needed]).to_numpy()
    return complete


def _within(
    frame: pl.DataFrame, limits: Limits, latest_ms: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which events surely keep every limit. Most of them name a person, which needs the key."""
    event_ms = frame["event_ms"].to_numpy()
    oldest_ms = np.maximum(latest_ms - limits.kept_ms, YEAR_2000_MS)
    within = (event_ms >= oldest_ms) & (event_ms <= latest_ms)
    within &= (frame["key_id"] == limits.key_id).to_numpy() & (limits.key_id != "")
    if "currency" in frame.columns:
        within &= (frame["currency"] == limits.currency).to_numpy()
    return within
