"""What a message says, in both languages."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.alerting.messages.document import Document, Mood
from pipeline.alerting.messages.generic import text
from pipeline.alerting.messages.message import Message
from pipeline.alerting.messages.wording import EN, WORDINGS, ZH
from pipeline.alerting.messages.written import written
from pipeline.alerting.rules import alert_groups
from pipeline.catalog.cause_words import Language
from tests.pipeline.alerting.messages.cases import alert, health, incident, message

ZONE = ZoneInfo("Asia/Shanghai")


def told(message: Message, language: Language = Language.EN) -> str:
    return text(written(message, language, ZONE))


def document(message: Message, language: Language = Language.EN) -> Document:
    return written(message, language, ZONE)


def test_a_drop_has_value_sample_baseline_change_causes_advice_and_links() -> None:
    assert told(message(alert(), incidents=(incident(),))) == (
        "Critical: Daily active rate has dropped in Readers 7\n\n"
        "Readers 7 (readers-7)\n"
        "Now 8% (60 of 750), 30% is usual at this hour of the week, down 73.3%\n"
        "Trailing 24 hours, since 2026-11-28 20:00\n"
        "Why: channel wechat −13.4 points (61% of it)\n"
        "new members −5.0 points (23% of it)\n"
        "campaign spring −2.0 points (9% of it)\n"
        "Board: https://grafana.example/d/pulse-group?var-group=readers-7&from=1&to=2"
        " · pulse metrics explain C06 --group readers-7\n\n"
        "Runbook: https://ops.example/runbook.md#CommunityDailyActiveRateDrop\n"
        "What to do:\n"
        "1. Start a topic with the KOCs of the group.\n"
        "2. Run an activity this week."
    )


def test_a_drop_in_chinese() -> None:
    assert told(message(alert(), incidents=(incident(name="读书七群"),)), Language.ZH) == (
        "【紧急】社群日活跃率下降：读书七群\n\n"
        "读书七群 (readers-7)\n"
        "当前 8%（750 中的 60），往常同一星期同一时刻 30%，下降 73.3%\n"
        "最近 24 小时，自 2026-11-28 20:00 起\n"
        "原因： 渠道 wechat −13.4 个百分点（占 61%）\n"
        "新成员 −5.0 个百分点（占 23%）\n"
        "活动 spring −2.0 个百分点（占 9%）\n"
        "看板: https://grafana.example/d/pulse-group?var-group=readers-7&from=1&to=2"
        " · pulse metrics explain C06 --group readers-7\n\n"
        "处理手册: https://ops.example/runbook.md#CommunityDailyActiveRateDrop\n"
        "建议：\n"
        "1. 请群内 KOC 发起话题。\n"
        "2. 本周办一场社群活动。"
    )


def test_without_the_store_the_rule_itself_tells_and_causes_are_said_to_be_unknown() -> None:
    assert told(message(alert())).split("\n")[2:6] == [
        "readers-7",
        "Now 8% (60 of 750), 30% is usual at this hour of the week, down 73.3%",
        "Trailing 24 hours, since 2026-11-28 20:00",
        "Causes are not known: the store did not answer.",
    ]
    assert "存储没有响应" in told(message(alert()), Language.ZH)


def test_a_part_is_called_by_its_name() -> None:
    cause = {"by": "channel", "part": "kol", "name": "Key opinion leaders", "points": -0.6}
    called = told(message(alert(), incidents=(incident(causes=[cause]),)))
    assert "Why: channel Key opinion leaders −60.0 points\n" in called


@pytest.mark.parametrize(
    ("by", "part", "en", "zh"),
    [
        ("role", "none", "members without a role", "无角色的成员"),
        ("step", "ordered after speaking", "step ordered after speaking", "步骤 发言后下单"),
        ("push", "group_broadcast", "kind of push group broadcast", "推送类型 群发"),
        ("campaign", "none", "campaign (none)", "活动 （无）"),
        ("hour", "18-24", "hour 18-24", "时段 18-24"),
        ("slice", "quiz", "slice quiz", "分项 quiz"),
    ],
)
def test_a_part_is_worded_in_both_languages(by: str, part: str, en: str, zh: str) -> None:
    cause = {"by": by, "part": part, "name": part, "points": -0.6}
    both = message(alert(), incidents=(incident(causes=[cause]),))
    assert f"Why: {en} −60.0 points\n" in told(both)
    assert f"原因： {zh} −60.0 个百分点\n" in told(both, Language.ZH)


def test_other_groups_that_fell_are_named_while_it_fires() -> None:
    also = [{"group_id": "h", "group_name": "H", "points": -0.6}]
    both = incident(affected_groups=also)
    assert "Also in: H −60.0 points\n" in told(message(alert(), incidents=(both,)))
    assert "Also" not in told(message(alert(status="resolved"), incidents=(both,)))


def test_the_worst_come_first_without_a_store_too() -> None:
    mild, bad = alert("mild"), alert("bad")
    mild["annotations"] = {**mild["annotations"], "value": "0.2"}
    assert [item.group_id for item in message(mild, bad).items] == ["bad", "mild"]


def test_why_there_are_no_causes_is_told() -> None:
    bare = incident(causes=[], note="too few members to split")
    assert "Why: too few members to split" in told(message(alert(), incidents=(bare,)))
    assert "Why" not in told(message(alert(), incidents=(incident(causes=[]),)))
    both = incident(causes=[], note="nothing to split", note_zh="没有可拆分的维度")
    assert "原因： 没有可拆分的维度" in told(message(alert(), incidents=(both,)), Language.ZH)
    assert "原因： too few" in told(message(alert(), incidents=(bare,)), Language.ZH)


def test_a_runbook_that_is_no_address_is_named() -> None:
    local = alert()
    local["annotations"] = {**local["annotations"], "runbook_url": "deploy/runbook.md#A"}
    assert told(message(local)).endswith("\nRunbook: deploy/runbook.md#A")


def test_without_numbers_the_description_is_told() -> None:
    bare = alert()
    bare["annotations"] = {"description": "Group readers-7: 8 %."}
    assert "Group readers-7: 8 %." in told(message(bare))


@pytest.mark.parametrize("value", ["NaN", "+Inf", "", "no number"])
def test_what_is_no_number_is_not_told_as_one(value: str) -> None:
    odd = alert()
    odd["annotations"] = {**odd["annotations"], "value": value}
    assert "Now" not in told(message(odd))


def test_what_ended_says_so_and_for_how_long() -> None:
    ended = message(alert(status="resolved"), incidents=(incident(),))
    lines = told(ended).split("\n")
    assert lines[0] == "Resolved: Daily active rate in Readers 7"
    assert lines[3].startswith("While it fired 8%")
    assert lines[4] == "Trailing 24 hours, 2026-11-28 20:00 to 2026-11-28 22:10 (2 h 9 min)"
    assert "Why" not in told(ended)
    assert "What to do" not in told(ended)
    assert document(ended).mood is Mood.ENDED
    assert told(ended, Language.ZH).startswith("【已解除】社群日活跃率：Readers 7")


def test_of_many_groups_the_first_five_are_told_and_the_rest_counted() -> None:
    many = message(*(alert(f"g{n:02}") for n in range(12)), truncated=3)
    assert told(many).split("\n")[0] == "Critical: Daily active rate has dropped in 15 groups"
    assert "and 10 more" in told(many)
    assert [line for line in told(many).split("\n") if line.startswith("g")] == [
        f"g{n:02}" for n in range(5)
    ]
    assert "另有 10 条" in told(many, Language.ZH)


def test_new_comes_before_known_and_firing_before_ended() -> None:
    alerts = [alert("known"), alert("ended", status="resolved"), alert("new")]
    first = message(*alerts)
    news = frozenset(item.bout for item in first.items if item.group_id != "known")
    again = message(*alerts, new=news)
    assert [item.group_id for item in again.items] == ["new", "known", "ended"]
    assert told(again).split("\n")[0] == (
        "Critical: Daily active rate has dropped in 2 groups; ended in 1 (1 new)"
    )


def test_what_ended_unheard_is_not_told() -> None:
    both = message(alert("a"), alert("b", status="resolved"), new=frozenset())
    assert [item.group_id for item in both.items] == ["a"]


def test_points_are_told_as_points_and_a_rise_as_a_rise() -> None:
    points = incident(against="24h", change_kind="points", value=0.80, baseline=0.86)
    assert "86% 24 hours before, down 6.0 points" in told(message(alert(), incidents=(points,)))
    rise = incident(metric_name="leave_rate", value=0.06, baseline=0.02)
    lines = told(message(alert(), incidents=(rise,)))
    assert lines.startswith("Critical: Leave rate has risen in Readers 7")
    assert "up 200%" in lines


def test_a_count_is_no_percentage() -> None:
    count = incident(value=1234.0, baseline=5000.0, numerator=None, denominator=None)
    count_alert = alert()
    count_alert["annotations"] = {}
    assert "Now 1,234, 5,000 is usual" in told(message(count_alert, incidents=(count,)))


def test_a_health_alert_tells_its_own_text() -> None:
    assert told(message(health())).split("\n") == [
        "Critical: The pipeline is stalled; milestones are not watched meanwhile",
        "",
        "Partition 3: no worker keeps up with it.",
        "Since 2026-11-28 20:00",
    ]
    assert told(message(health()), Language.ZH).startswith("【紧急】数据管道停滞")


def test_every_health_alert_has_a_chinese_title() -> None:
    groups = alert_groups()
    named = {one.name for group in ("community-pipeline", "community-watchdog")
             for one in groups[group]}  # fmt: skip
    assert named <= set(ZH.health)


def test_both_languages_have_the_same_places_to_fill() -> None:
    def places(phrase: object) -> list[str]:
        return sorted(part.partition("}")[0] for part in str(phrase).split("{")[1:])

    for name in EN.__dataclass_fields__:
        one, other = getattr(EN, name), getattr(ZH, name)
        if isinstance(one, str):
            assert places(one) == places(other), name
    assert EN.usual.keys() == ZH.usual.keys()
    assert set(WORDINGS) == set(Language)


def test_a_test_message_says_that_it_is_one() -> None:
    test = Message("test", (), 0, 0, test=True)
    for language in Language:
        assert "--test" in told(test, language)
    assert document(test).mood is Mood.NOTICE


@pytest.mark.parametrize("language", Language)
def test_the_readme_shows_what_is_really_told(language: Language) -> None:
    readme = Path("README.md").read_text(encoding="utf-8")
    assert f"```text\n{told(message(alert(), incidents=(incident(),)), language)}\n```" in readme
