"""Operation `dlq.replay`: dead letters sent again, as ordinary records of today.

Delivery: each letter becomes its event exactly once, however often this runs and wherever it is
cut off. It is marked as replayed only after the broker has it; a letter sent and not yet marked is
sent again by the next run, and as its event keeps its identity, the copy counts as duplicate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl

from pipeline.clock import wall_ms
from pipeline.operations.judge import Judge, Obstacle, Refused
from pipeline.operations.letters import Filter, Letter, State, batches, payloads, totals
from pipeline.operations.operation import Context
from pipeline.pseudonym import load_pseudonyms
from schemas.event import Event
from sinks.kafka import EventWriter
from sinks.key_guard import check_sender, claimed_keys
from sinks.records import RecordReader
from sinks.topics import topic_of

NAME = "dlq.replay"
BATCH = 200
"""Letters judged, sent, acknowledged and marked together; their payloads are held in memory."""
UNSENT_TOLD = 100

_MARK = {
    "epoch": pl.UInt16(),
    "topic": pl.String(),
    "partition": pl.UInt16(),
    "offset": pl.UInt64(),
    "replayed_ms": pl.Int64(),
    "to_topic": pl.String(),
}


@dataclass
class Account:
    """What became of the letters: matched = sent + refused + not replayable + left."""

    matched: int
    already_replayed: int
    dry_run: bool
    sent: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    not_replayable: Counter[str] = field(default_factory=Counter)
    unsent: list[dict[str, str]] = field(default_factory=list)

    @property
    def looked_at(self) -> int:
        """Letters judged so far."""
        return self.sent.total() + self.refused.total() + self.not_replayable.total()

    def note_unsent(self, place: str, outcome: Refused | Obstacle) -> None:
        """Count a letter that stays, and tell the first ones one by one."""
        if isinstance(outcome, Refused):
            self.refused[outcome.reason] += 1
            told = {"outcome": "refused", "reason": str(outcome.reason), "why": outcome.detail}
        else:
            self.not_replayable[outcome] += 1
            told = {
                "outcome": "not_replayable",
                "reason": str(outcome),
                "why": outcome.meaning,
            }
        if len(self.unsent) < UNSENT_TOLD:
            self.unsent.append({"place": place, **told})

    def as_json(self) -> dict[str, Any]:
        """The operation's result; `sent` is by topic, `unsent` names at most 100 letters."""
        return {
            "dry_run": self.dry_run,
            "matched": self.matched,
            "sent": dict(sorted(self.sent.items())),
            "refused": dict(sorted(self.refused.items())),
            "not_replayable": dict(sorted(self.not_replayable.items())),
            "already_replayed": self.already_replayed,
            "left": max(0, self.matched - self.looked_at),
            "unsent": self.unsent,
        }


def replay(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Send the letters of `filter` again, in order of topic, partition and offset.

    Arguments: `filter` (Filter.as_json), `limit` (send at most so many; None = all), `dry_run`
    (judge only), `again` (also those replayed already), `platform` (of raw persons in imported
    lines). Raises BrokerError, Retryable or Fatal; what was sent by then is marked or harmless.
    PulseError where the settings have another pseudonym key than the store.
    """
    again = bool(arguments["again"])
    chosen = replace(
        Filter.from_json(arguments["filter"]), state=State.ALL if again else State.OPEN
    )
    found = totals(context.store, chosen)
    done_before = totals(context.store, replace(chosen, state=State.REPLAYED))
    account = Account(
        matched=sum(group.letters for group in found),
        already_replayed=0 if again else sum(group.letters for group in done_before),
        dry_run=bool(arguments["dry_run"]),
    )
    if found:
        # What the worker refuses while this runs is a letter of its own, and not of this run.
        newest_ms = max(group.newest_ms for group in found)
        with _Replay(context, account, platform=arguments["platform"]) as run:
            run.all(replace(chosen, until_ms=newest_ms + 1), arguments["limit"])
    return account.as_json()


class _Replay(ExitStack):
    """One run: its connections are closed when it ends."""

    def __init__(self, context: Context, account: Account, *, platform: str) -> None:
        super().__init__()
        self._context = context
        self._account = account
        settings, store = context.settings, context.store
        pseudonyms = load_pseudonyms(settings)
        check_sender(claimed_keys(store), pseudonyms.key_id, address=store.address)
        self._judge = Judge(
            settings,
            pseudonyms,
            context.clock,
            platform=platform,
            read_record=self._read,
        )

    @cached_property
    def _reader(self) -> RecordReader:
        return self.enter_context(RecordReader(self._context.settings.kafka, role="replay"))

    @cached_property
    def _writer(self) -> EventWriter:
        return self.enter_context(EventWriter(self._context.settings, role="replay"))

    def all(self, chosen: Filter, limit: int | None) -> None:
        """Batch by batch: judge, send, wait for the broker, mark."""
        account = self._account
        for letters in batches(self._context.store, chosen, BATCH):
            self._context.progress("Dead letters", account.looked_at, account.matched)
            left = None if limit is None else limit - account.sent.total()
            if left == 0:
                break
            self._some(letters, left)
        self._context.progress("Dead letters", account.looked_at, account.matched)

    def _some(self, letters: Sequence[Letter], left: int | None) -> None:
        kept = payloads(self._context.store, [letter.place for letter in letters])
        sent: list[tuple[Letter, str]] = []
        for letter in letters:
            if left is not None and len(sent) >= left:
                break
            self._context.progress("Dead letters", self._account.looked_at, self._account.matched)
            outcome = self._judge.judge(letter, kept.get(letter.place, b""))
            if isinstance(outcome, Refused | Obstacle):
                place = letter.place.text(self._context.settings.epoch)
                self._account.note_unsent(place, outcome)
            else:
                self._send(outcome)
                sent.append((letter, topic_of(outcome.event_type)))
        if sent and not self._account.dry_run:
            self._writer.flush()
            self._mark(sent)
        self._account.sent.update(topic for _, topic in sent)

    def _read(self, topic: str, partition: int, offset: int) -> Any | None:
        return self._reader.at(topic, partition, offset)

    def _send(self, event: Event) -> None:
        if not self._account.dry_run:
            self._writer.send(event)

    def _mark(self, sent: Sequence[tuple[Letter, str]]) -> None:
        """Never earlier than the letter itself, whatever the broker's clock said then."""
        now = wall_ms()
        rows = [
            (place.epoch, place.topic, place.partition, place.offset, max(now, ingest_ms), topic)
            for place, ingest_ms, topic in ((one.place, one.ingest_ms, to) for one, to in sent)
        ]
        self._context.store.insert(
            "dead_letter_replay", pl.DataFrame(rows, schema=_MARK, orient="row")
        )
