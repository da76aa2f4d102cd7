"""A message written down in one language: which lines there are, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from pipeline.alerting.messages.document import (
    Code,
    Document,
    Line,
    Lines,
    Link,
    Mood,
    Span,
    Strong,
    Text,
)
from pipeline.alerting.messages.figures import length, moment, number, percent, signed_points
from pipeline.alerting.messages.incident import Cause
from pipeline.alerting.messages.message import Item, Message
from pipeline.alerting.messages.plain import name, plain, web
from pipeline.alerting.messages.wording import WORDINGS, Wording
from pipeline.catalog.cause_words import NOTHING, Language, by_words, part_words, phrase
from pipeline.catalog.series import EVERY_GROUP

ITEMS = 5
CAUSES = 3
ACTIONS = 3
ACTION_LIMIT = 160
ARROW_GAP = " · "


def written(message: Message, language: Language, zone: tzinfo) -> Document:
    """The message in `language`, with moments in `zone`: the first five alerts in full."""
    return _Writer(WORDINGS[language], language, zone).document(message)


@dataclass(frozen=True)
class _Writer:
    words: Wording
    language: Language
    zone: tzinfo

    def document(self, message: Message) -> Document:
        if message.test:
            items: tuple[Lines, ...] = (((Text(self.words.test_text),),),)
            return Document(self.words.test_title, Mood.NOTICE, items, (), 0, self.words.more)
        shown = message.items[:ITEMS]
        return Document(
            title=self._title(message),
            mood=_mood(message),
            items=tuple(tuple(self._item(item, message)) for item in shown),
            after=tuple(self._after(message)),
            hidden=message.hidden + len(message.items) - len(shown),
            more=self.words.more,
        )

    def _title(self, message: Message) -> str:
        firing = message.firing
        about = firing or message.items
        severity = self.words.severity.get(message.severity, "") if firing else self.words.resolved
        told = self._about(about, message.hidden, ended=not firing)
        over = len(message.items) - len(about)
        told += self.words.and_ended.format(n=over) if over else ""
        new = sum(item.new for item in firing)
        told += self.words.new.format(n=new) if 0 < new < len(firing) else ""
        told = told[:1].upper() + told[1:]
        return self.words.titled.format(severity=severity, told=told) if severity else told

    def _about(self, items: tuple[Item, ...], hidden: int, *, ended: bool) -> str:
        first, count = items[0], len(items) + hidden
        if len({item.alert for item in items}) > 1:
            return self.words.alerts.format(n=count)
        metric = self._metric(first)
        if not metric:
            health = self.words.health.get(first.alert) or plain(first.summary) or first.alert
            return plain(health).rstrip(".")
        where = self.words.several.format(n=count) if count > 1 else self._place(first)
        phrase = self.words.fell if first.fell else self.words.rose
        return (self.words.ended if ended else phrase).format(metric=metric, where=where)

    def _place(self, item: Item) -> str:
        return self.words.everybody if item.group_id == EVERY_GROUP else name(item.group_name)

    def _metric(self, item: Item) -> str:
        return plain(item.metric_zh if self.language is Language.ZH else item.metric_en)

    def _item(self, item: Item, message: Message) -> Iterator[Line]:
        if not self._metric(item):
            yield from self._health(item, message)
            return
        yield tuple(self._head(item, message))
        if numbers := self._numbers(item):
            yield (Text(numbers),)
        elif item.description:
            yield (Text(plain(item.description)),)
        yield (Text(self._when(item)),)
        yield from self._causes(item)
        if item.affected and item.firing:
            told = self.words.comma.join(
                f"{name(one.group_name or one.group_id)}"
                f" {self.words.points.format(points=signed_points(one.points))}"
                for one in item.affected[:CAUSES]
            )
            yield (Text(self.words.affected + told),)
        yield from self._looking(item)

    def _health(self, item: Item, message: Message) -> Iterator[Line]:
        if not item.firing and message.firing:
            yield (
                Strong(self.words.item_ended),
                Text(f"{self.words.colon}{plain(item.description)}"),
            )
        else:
            yield (Text(plain(item.description) or plain(item.summary) or item.alert),)
        yield (Text(self._when(item)),)

    def _head(self, item: Item, message: Message) -> Iterator[Span]:
        yield Strong(self._place(item) or item.alert)
        if item.group_id not in ("", item.group_name, EVERY_GROUP):
            yield Text(f" ({name(item.group_id)})")
        if not item.firing and message.firing:
            yield Text(f"{ARROW_GAP}{self.words.item_ended}")

    def _numbers(self, item: Item) -> str:
        if item.value is None:
            return ""
        shape = number if item.value > 1 and item.denominator in (None, 1) else percent
        now = (self.words.now if item.firing else self.words.then).format(value=shape(item.value))
        if item.numerator is not None and item.denominator is not None:
            now += self.words.of.format(
                numerator=number(item.numerator), denominator=number(item.denominator)
            )
        if item.baseline is None:
            return now
        usual = self.words.usual.get(item.against, self.words.usual_else)
        told = [now, usual.format(value=shape(item.baseline))]
        if change := self._change(item, item.value, item.baseline):
            told.append(change)
        return self.words.comma.join(told)

    def _change(self, item: Item, value: float, baseline: float) -> str:
        fall = baseline - value
        if item.points:
            size = self.words.points.format(points=f"{abs(100 * fall):.1f}")
        elif baseline:
            size = percent(abs(fall / baseline))
        else:
            return ""
        return (self.words.down if fall >= 0 else self.words.up).format(change=size)

    def _when(self, item: Item) -> str:
        start = moment(item.started_ms, self.zone)
        if item.ended_ms is None:
            told = self.words.since.format(start=start)
        else:
            told = self.words.from_to.format(
                start=start,
                end=moment(item.ended_ms, self.zone),
                length=length(item.ended_ms - item.started_ms, self.words),
            )
        window = self.words.window.get(item.signal, "")
        if not window or not self._metric(item):
            return told[:1].upper() + told[1:]
        return f"{window}{self.words.comma}{told}"

    def _causes(self, item: Item) -> Iterator[Line]:
        if not item.firing:
            return
        if not item.asked:
            yield (Text(self.words.unknown),)
            return
        note = item.note_zh if self.language is Language.ZH else item.note
        if note and not item.causes:
            yield Strong(self.words.why), Text(f" {plain(note)}")
        for rank, cause in enumerate(item.causes[:CAUSES]):
            told = self._cause(cause)
            yield (Text(told),) if rank else (Strong(self.words.why), Text(f" {told}"))

    def _cause(self, cause: Cause) -> str:
        part = phrase(cause.by, cause.part, self.language)
        if not part:
            called = cause.name if cause.name != cause.part else ""
            called = name(called or part_words(cause.by, cause.part, self.language))
            by = name(by_words(cause.by, self.language))
            part = f"{by} {called or NOTHING.of(self.language)}"
        points = self.words.points.format(points=signed_points(cause.points))
        share = self.words.share.format(share=percent(cause.share)) if cause.share else ""
        return f"{part} {points}{share}"

    def _looking(self, item: Item) -> Iterator[Line]:
        spans: list[Span] = []
        if board := web(item.links.board):
            spans.append(Link(self.words.board, board))
        if item.links.query:
            spans += [Text(ARROW_GAP)] if spans else []
            spans.append(Code(plain(item.links.query)))
        if spans:
            yield tuple(spans)

    def _after(self, message: Message) -> Iterator[Line]:
        """What holds for all: where the runbook is, and what to do while something fires."""
        places = dict.fromkeys(item.links.runbook for item in message.items[:ITEMS])
        for place in filter(None, places):
            url = web(place)
            yield (
                (Link(self.words.runbook, url),)
                if url
                else (Text(f"{self.words.runbook}{self.words.colon}{plain(place)}"),)
            )
        actions = dict.fromkeys(
            action
            for item in message.firing[:ITEMS]
            for action in (item.actions_zh if self.language is Language.ZH else item.actions_en)
        )
        if actions:
            yield (Strong(self.words.actions),)
        for n, action in enumerate(list(actions)[:ACTIONS], 1):
            yield (Text(self.words.action.format(n=n, action=plain(action, ACTION_LIMIT))),)


def _mood(message: Message) -> Mood:
    if not message.firing:
        return Mood.ENDED
    return {"critical": Mood.CRITICAL, "warning": Mood.WARNING}.get(message.severity, Mood.NOTICE)
