"""PURE: why a milestone got worse, in words: causes and notes of incidents, English and Chinese.

An incident holds codes: by what the change was split, which part it was, what is to be known of
it. They are worded here, where somebody reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    """A language that somebody is told things in."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True)
class Said:
    """The same in both languages."""

    en: str
    zh: str

    def of(self, language: Language) -> str:
        """As it is said in one of them."""
        return self.zh if language is Language.ZH else self.en


class Note(StrEnum):
    """What is to be known of an incident's causes; `noted` puts what was said beside it."""

    NO_SPLIT = "no_split"
    NO_RATE = "no_rate"
    NOT_WORSE = "not_worse"
    STORED = "stored"
    ALIKE = "alike"
    TOO_OLD = "too_old"
    CAUSES_FAILED = "causes_failed"
    OTHERS_FAILED = "others_failed"


NOTES: Mapping[Note, Said] = MappingProxyType(
    {
        Note.NO_SPLIT: Said("there is nothing to split this metric by", "该指标没有可拆分的维度"),
        Note.NO_RATE: Said(
            "there is nothing to compare: nobody to count, at that moment or before",
            "没有可比较的数据：当时或之前没有可计数的人",
        ),
        Note.NOT_WORSE: Said(
            "at that moment the rate was no worse than before", "当时该比率并不比之前差"
        ),
        Note.STORED: Said(
            "by stored days, over all groups: this metric cannot be split within a group",
            "按已存储的各日、全部社群拆分：该指标无法在单个群内拆分",
        ),
        Note.ALIKE: Said(
            "no part stands out: all changed alike", "没有突出的部分：各部分变化一致"
        ),
        Note.TOO_OLD: Said(
            "the store is older than ClickHouse 24.8: causes are not looked for, nothing is stored",
            "存储的版本低于 ClickHouse 24.8：不查找原因，也不保存",
        ),
        Note.CAUSES_FAILED: Said("the causes could not be found", "未能查明原因"),
        Note.OTHERS_FAILED: Said(
            "the other groups could not be looked at", "未能查看其他群"
        ),
    }
)  # fmt: skip

BY: Mapping[str, Said] = MappingProxyType(
    {
        "group": Said("group", "群"),
        "channel": Said("channel", "渠道"),
        "campaign": Said("campaign", "活动"),
        "tenure": Said("tenure", "入群时间"),
        "role": Said("role", "角色"),
        "staff": Said("staff", "负责人"),
        "script": Said("script", "话术"),
        "kind": Said("kind of conversation", "会话类型"),
        "push": Said("kind of push", "推送类型"),
        "hour": Said("hour", "时段"),
        "slice": Said("slice", "分项"),
        "step": Said("step", "步骤"),
    }
)
"""By what a change is split: every split of `catalog.causes`, and those of stored days."""

PHRASES: Mapping[tuple[str, str], Said] = MappingProxyType(
    {
        ("role", "none"): Said("members without a role", "无角色的成员"),
        ("tenure", "new"): Said("new members", "新成员"),
        ("tenure", "old"): Said("older members", "老成员"),
    }
)
"""Parts that are called something without their split."""

PARTS: Mapping[tuple[str, str], Said] = MappingProxyType(
    {
        ("channel", "unknown"): Said("unknown", "未知"),
        ("step", "spoke"): Said("spoke", "发言"),
        ("step", "ordered after speaking"): Said("ordered after speaking", "发言后下单"),
        ("step", "ordered in silence"): Said("ordered in silence", "未发言而下单"),
        ("role", "kol"): Said("kol", "KOL"),
        ("role", "koc"): Said("koc", "KOC"),
        ("role", "atmosphere"): Said("atmosphere", "气氛组"),
        ("role", "captain"): Said("captain", "队长"),
        ("role", "leader"): Said("leader", "团长"),
        ("role", "study"): Said("study", "学习委员"),
        ("role", "organiser"): Said("organiser", "组织者"),
        ("role", "duty"): Said("duty", "值日"),
        ("kind", "inquiry"): Said("inquiry", "咨询"),
        ("kind", "question"): Said("question", "提问"),
        ("kind", "after_sales"): Said("after sales", "售后"),
        ("kind", "issue"): Said("issue", "问题反馈"),
        ("push", "group_broadcast"): Said("group broadcast", "群发"),
        ("push", "private"): Said("private", "私聊"),
        ("push", "welcome"): Said("welcome", "欢迎语"),
        ("push", "email"): Said("email", "邮件"),
        ("push", "survey"): Said("survey", "问卷"),
    }
)
"""Parts whose codes are a closed list; all others have ids, and names of somebody's own."""

NOTHING = Said("(none)", "（无）")
"""What has no id: an order without a campaign."""

_NO_ID = ("", "none")
_DETAIL = ": "
_OLD: Mapping[str, Note] = MappingProxyType({said.en: note for note, said in NOTES.items()})
"""How notes were stored before they had codes."""


def by_words(by: str, language: Language) -> str:
    """By what a change was split; a code that is not known as it is."""
    return BY[by].of(language) if by in BY else by


def phrase(by: str, part: str, language: Language) -> str:
    """What a part is called with its split; '' where that says no more than both do."""
    found = PHRASES.get((by, part))
    return found.of(language) if found else ""


def part_words(by: str, part: str, language: Language) -> str:
    """What a part is called beside its split; an id as it is."""
    if part in _NO_ID:
        return NOTHING.of(language)
    found = PARTS.get((by, part))
    return found.of(language) if found else part


def noted(note: Note, detail: object) -> str:
    """A note with what was said, as it is stored."""
    return f"{note}{_DETAIL}{detail}"


def note_words(note: str, language: Language) -> str:
    """A stored note in words; one that is no code as it is."""
    if note in _OLD:
        return NOTES[_OLD[note]].of(language)
    code, colon, detail = note.partition(_DETAIL)
    known = Note(code) if code in set(Note) else _OLD.get(code)
    if known is None:
        return note
    between = ("：" if language is Language.ZH else _DETAIL) if colon else ""
    return f"{NOTES[known].of(language)}{between}{detail}"
