"""English text of the boards -> Chinese. Names of metrics are not here: the catalogue has them.

`PHRASES` are whole titles, names and words. A composed name is taken apart by `grafana.chinese`.
"""

from __future__ import annotations

from collections.abc import Mapping

BOARDS: Mapping[str, str] = {
    "Community / Overview": "社群 / 总览",
}

ABOUT: Mapping[str, str] = {
    "Members, activity and conversion of the chosen groups against their own past, the groups that "
    "need care first, and whether the pipeline can be believed.": (
        "所选社群的成员、活跃与转化与自身历史的对比，最需要关注的社群，以及数据管道是否可信。"
    ),
}

ROWS: Mapping[str, str] = {
    "Milestones, trailing 24 h against their own past": "里程碑指标：近 24 小时与自身历史对比",
    "Right now: the last 30 minutes against the same time last week": (
        "此刻：近 30 分钟与上周同一时段对比"
    ),
    "Groups that need care first": "最需要关注的社群",
    "Funnel, trailing 24 h": "转化漏斗，近 24 小时",
    "This week against last week": "本周与上周对比",
    "Milestones over time": "里程碑指标走势",
    "From the store: the last closed day": "来自数据库：最近一个完整日",
    "Pipeline health": "数据管道健康",
}

TITLES: Mapping[str, str] = {
    "Pipeline": "数据管道",
    "Messages": "消息数",
    "Member messages": "成员消息数",
    "Joins": "加入数",
    "Leaves": "退出数",
    "Paid orders": "支付订单数",
    "GMV": "成交额 GMV",
    "Joins and leaves": "加入与退出",
    "Funnel: joined, spoke, ordered": "漏斗：加入、发言、下单",
    "Funnel: step rates": "漏斗：各步转化率",
    "Milestones, last closed day": "里程碑指标，最近一个完整日",
    "Groups, last closed day": "各社群，最近一个完整日",
    "Records that wait": "待处理记录数",
    "Age of the oldest record that waits": "最早待处理记录的等待时长",
    "Records read, by outcome": "已读记录，按结果",
    "Seconds since each source's heartbeat": "各数据源距上次心跳的秒数",
    "Time of a group commit, p50 and p99": "一次批量提交的耗时，p50 与 p99",
    "Rejected records, by reason": "被拒记录，按原因",
    "How busy the busiest worker is": "最忙工作进程的繁忙程度",
    "Errors of the store": "数据库错误",
    "Clock rate": "时钟速率",
    "Newest dead letters": "最新死信",
}

NAMES: Mapping[str, str] = {
    "now": "当前",
    "n": "样本数 n",
    "baseline": "基线",
    "change": "变化",
    "change, points": "变化（百分点）",
    "last week": "上周",
    "this week": "本周",
    "value": "值",
    "milestone": "里程碑指标",
    "group": "社群",
    "worst change": "最大降幅",
    "pipeline": "数据管道",
    "joined": "加入",
    "spoke": "发言",
    "ordered": "下单",
    "spoke of joined": "加入后发言",
    "ordered of spoke": "发言后下单",
    "n joined": "加入人数",
    "n spoke": "发言人数",
    "joins": "加入",
    "leaves": "退出",
    "folding": "归并",
    "storing": "写库",
    "rate": "速率",
    "taken": "接收时间",
    "reason": "原因",
    "detail": "详情",
    "topic": "主题",
    "partition": "分区",
    "offset": "位移",
    "source": "数据源",
}

SAYINGS: Mapping[str, str] = {
    "No live value": "无实时值",
    "No live value in this range": "此时间范围内无实时值",
    "No group has live values": "没有社群有实时值",
    "No minute windows": "无分钟窗口",
    "No minute windows in this range": "此时间范围内无分钟窗口",
    "No closed day yet": "尚无完整日",
    "No worker": "无工作进程",
    "No worker reports": "无工作进程上报",
    "No worker reports a lag": "无工作进程上报积压",
    "No records in this range": "此时间范围内无记录",
    "No commits in this range": "此时间范围内无提交",
    "No live source has beaten": "无实时数据源发出心跳",
    "No dead letters": "无死信",
    "Nothing was rejected": "没有被拒记录",
    "nothing last week": "上周无数据",
    "behind": "落后",
    "caught up": "已追上",
    "Group": "社群",
    "Alerts firing": "正在触发的告警",
    "Community boards": "社群看板",
}

PHRASES: Mapping[str, str] = {**SAYINGS, **NAMES, **TITLES, **ROWS, **ABOUT, **BOARDS}
