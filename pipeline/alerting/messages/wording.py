"""The words of messages, in English and in Chinese: data alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.catalog.cause_words import Language


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Phrases with {names}; words by the codes of labels. `colon` ends a heading."""

    severity: Mapping[str, str]
    titled: str
    resolved: str
    fell: str
    rose: str
    ended: str
    several: str
    and_ended: str
    alerts: str
    new: str
    item_ended: str
    now: str
    then: str
    of: str
    usual: Mapping[str, str]
    usual_else: str
    down: str
    up: str
    points: str
    window: Mapping[str, str]
    everybody: str
    since: str
    from_to: str
    why: str
    unknown: str
    share: str
    affected: str
    actions: str
    action: str
    board: str
    runbook: str
    more: str
    test_title: str
    test_text: str
    units: tuple[str, str, str]
    health: Mapping[str, str]
    colon: str
    comma: str


EN = Wording(
    severity={"critical": "Critical", "warning": "Warning"},
    titled="{severity}: {told}",
    resolved="Resolved",
    fell="{metric} has dropped in {where}",
    rose="{metric} has risen in {where}",
    ended="{metric} in {where}",
    several="{n} groups",
    and_ended="; ended in {n}",
    alerts="{n} alerts",
    new=" ({n} new)",
    item_ended="ended",
    now="Now {value}",
    then="While it fired {value}",
    of=" ({numerator} of {denominator})",
    usual={
        "4w": "{value} is usual at this hour of the week",
        "24h": "{value} 24 hours before",
        "7d": "{value} 7 days before",
        "7d_mean": "{value} is usual at this hour (the last week)",
        "4w_mean": "{value} is usual at this hour of the week",
        "4_before": "{value} is usual (the four before)",
        "before": "{value} in the one before",
        "earlier": "{value} is usual (the last ones)",
        "plan": "{value} is the target",
    },
    usual_else="{value} is usual",
    down="down {change}",
    up="up {change}",
    points="{points} points",
    window={
        "fast": "Last closed hour",
        "slow": "Trailing 24 hours",
        "day": "Last final day",
        "month": "Last final month",
    },
    everybody="all groups together",
    since="since {start}",
    from_to="{start} to {end} ({length})",
    why="Why:",
    unknown="Causes are not known: the store did not answer.",
    share=" ({share} of it)",
    affected="Also in: ",
    actions="What to do:",
    action="{n}. {action}",
    board="Board",
    runbook="Runbook",
    more="and {n} more",
    test_title="Test: alerts of community-pulse arrive here",
    test_text="Sent by `pulse bridge --test`. Nothing has happened.",
    units=("{n} min", "{n} h", "{n} d"),
    health={
        "CommunityAlertingSilent": "Alerting is silent: Prometheus or Alertmanager is down",
    },
    colon=": ",
    comma=", ",
)

ZH = Wording(
    severity={"critical": "紧急", "warning": "警告"},
    titled="【{severity}】{told}",
    resolved="已解除",
    fell="{metric}下降：{where}",
    rose="{metric}上升：{where}",
    ended="{metric}：{where}",
    several="{n} 个群",
    and_ended="；{n} 个已解除",
    alerts="{n} 条告警",
    new="（新增 {n}）",
    item_ended="已解除",
    now="当前 {value}",
    then="告警期间 {value}",
    of="（{denominator} 中的 {numerator}）",
    usual={
        "4w": "往常同一星期同一时刻 {value}",
        "24h": "24 小时前 {value}",
        "7d": "7 天前 {value}",
        "7d_mean": "最近一周同一时刻通常 {value}",
        "4w_mean": "往常同一星期同一时刻 {value}",
        "4_before": "之前四期通常 {value}",
        "before": "上一期 {value}",
        "earlier": "之前几次通常 {value}",
        "plan": "目标 {value}",
    },
    usual_else="往常 {value}",
    down="下降 {change}",
    up="上升 {change}",
    points="{points} 个百分点",
    window={
        "fast": "最近一个整小时",
        "slow": "最近 24 小时",
        "day": "最近一个已定稿的日",
        "month": "最近一个已定稿的月",
    },
    everybody="全部社群",
    since="自 {start} 起",
    from_to="{start} 至 {end}（{length}）",
    why="原因：",
    unknown="原因暂缺：存储没有响应。",
    share="（占 {share}）",
    affected="同时受影响的群：",
    actions="建议：",
    action="{n}. {action}",
    board="看板",
    runbook="处理手册",
    more="另有 {n} 条",
    test_title="测试：community-pulse 的告警会发到这里",
    test_text="由 `pulse bridge --test` 发出，没有任何异常。",
    units=("{n} 分钟", "{n} 小时", "{n} 天"),
    health={
        "CommunityAlertingSilent": "告警系统没有声音：Prometheus 或 Alertmanager 已停止",
        "CommunityAuditConflicts": "同一个 event_id 对应两个事件",
        "CommunityAuditMismatch": "核对不一致：存储的数字有误",
        "CommunityAuditStale": "数字已经无人核对",
        "CommunityDeadLettersRising": "被拒绝的记录异常增多",
        "CommunityReadingsStale": "按小时读取的里程碑指标暂时无人监控",
        "CommunityPipelineStalled": "数据管道停滞，里程碑指标暂时无人监控",
        "CommunitySourceStale": "数据源没有声音，其群暂时无人监控",
        "CommunityWatchdog": "告警系统工作正常",
    },
    colon="：",
    comma="，",
)

WORDINGS: Mapping[Language, Wording] = {Language.EN: EN, Language.ZH: ZH}
