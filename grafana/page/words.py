"""What the page itself says, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from grafana.chinese import Language


@dataclass(frozen=True, kw_only=True)
class Words:
    """The page's own words; what it says of the board comes with the board."""

    language: str
    range: str
    groups: str
    all_groups: str
    made: str
    offline: str
    unknown: str
    failed: str
    legend: str
    rows: str


WORDS: Mapping[Language, Words] = {
    Language.ENGLISH: Words(
        language="en",
        range="Range",
        groups="Groups",
        all_groups="all",
        made="Made",
        offline="Reads Prometheus, and none was asked: name it with --prometheus URL.",
        unknown="A panel of the kind “{kind}” is drawn by Grafana only.",
        failed="This panel's query failed",
        legend="Click a name to hide or show its line.",
        rows="rows",
    ),
    Language.CHINESE: Words(
        language="zh-CN",
        range="时间范围",
        groups="社群",
        all_groups="全部",
        made="生成时间",
        offline="此面板读取 Prometheus，但本次没有可用的：请用 --prometheus URL 指定。",
        unknown="“{kind}”类型的面板只能在 Grafana 中显示。",
        failed="此面板的查询失败",
        legend="点击名称可隐藏或显示对应曲线。",
        rows="行",
    ),
}
