"""Titles of boards, rows and panels, English -> Chinese.

A composed title ("X by channel, week") and names of metrics are not here: see `grafana.chinese`.
"""

from __future__ import annotations

from collections.abc import Mapping

BOARDS: Mapping[str, str] = {
    "Community / Overview": "社群 / 总览",
    "Community / Funnel and conversion": "社群 / 漏斗与转化",
    "Community / Acquisition and channels": "社群 / 引流与渠道",
    "Community / Activity and topics": "社群 / 活跃与话题",
    "Community / Group": "社群 / 单个社群",
    "Community / Alerts and incidents": "社群 / 告警与事件",
    "Community / Data quality and pipeline health": "社群 / 数据质量与管道健康",
    "Community / Members": "社群 / 成员",
    "Community / Service and staff": "社群 / 服务与员工",
    "Community / Conversion communities": "社群 / 转化型社群",
    "Community / Content communities": "社群 / 内容型社群",
    "Community / Service communities": "社群 / 服务型社群",
    "Community / Learning communities": "社群 / 学习型社群",
    "Community / Forums and community sites": "社群 / 社区",
    "Community / Groups by purpose": "社群 / 按目的分的社群",
}

ABOUT: Mapping[str, str] = {
    "Members, activity and conversion of the chosen groups against their own past, the groups"
    " that need care first, and whether the pipeline can be believed.": (
        "所选社群的成员、活跃与转化与自身历史的对比，最需要关注的社群，以及数据管道是否可信。"
    ),
    "One group: its milestones against their own past, its members and moves, its funnel, "
    "what it talks about, and the alerts that fire.": (
        "单个社群：里程碑指标与自身历史对比，成员与进出，漏斗，话题，以及触发中的告警。"
    ),
    "From joining to paying: how many reach each step, how long it takes, which channels and "
    "paths lead there.": ("从入群到付费：各步到达多少人，需要多久，由哪些渠道与路径而来。"),
    "Who came, through which channel and campaign, what it cost, what it returned, and how "
    "good the newcomers are.": ("谁来了，经由哪个渠道与活动，花费多少，回报多少，新成员质量如何。"),
    "Messages, active members and what they talk about: at which hours, how widely shared, in"
    " which topics and activities.": (
        "消息、活跃成员与话题：在什么时段，参与面多广，涉及哪些话题与活动。"
    ),
    "Whether people come, stay and stay awake; who leaves and why; in which stage and segment"
    " those are who are there.": (
        "人们是否到来、留下并保持活跃；谁离开、为什么；在群成员处于哪个阶段与分组。"
    ),
    "Whether members are answered soon and well, what they say of it, and how the work is "
    "shared among the staff.": (
        "成员是否得到及时良好的回应，他们怎么评价，工作在员工之间如何分担。"
    ),
    "The figures that tell how groups are doing that are run for something particular: to "
    "bring in people and hand them on, for a project, around a product, for business clients."
    " Where reference data does not say which these are, choose the groups above.": (
        "为特定目的运营的社群表现如何：引流并转交、项目、产品、企业客户。参考数据未注明时，请"
        "在上方选择社群。"
    ),
    "What fires now and since when, what fired before and for how long, which groups are most"
    " often in alarm, and whether the alerts could have told: silence of a group that is too "
    "small, or without a past, says nothing.": (
        "现在触发了什么、从何时起，之前触发过什么、持续多久，哪些社群最常告警，以及告警能否判"
        "断：样本太小或没有历史的社群，沉默不说明任何问题。"
    ),
    "Whether what the boards show is true, and whether it will stay so: does the pipeline "
    "keep up, do its sources live, what was refused, late or sent twice, what did the audits "
    "find, and where do facts contradict themselves.": (
        "看板所示是否真实，今后是否依然：管道是否跟得上，数据源是否在线，什么被拒、迟到或重复"
        "，审计发现了什么，事实在哪里自相矛盾。"
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
    "What it is": "社群概况",
    "Who is in it, and who came and went": "成员构成与进出",
    "What it talks about": "话题内容",
    "The last closed windows": "最近完整的时间窗口",
    "Chains and stages, by group and type": "链条与阶段，按社群与类型",
    "Channels and campaigns": "渠道与活动",
    "Conversion, the last closed week": "转化，最近完整一周",
    "Over time": "走势",
    "Paths and causes": "路径与原因",
    "Step by step": "逐步转化",
    "Groups": "社群",
    "Campaigns and ways to invite": "活动与引流方式",
    "Channels": "渠道",
    "Fission": "裂变",
    "From invitation to join": "从邀请到入群",
    "Newcomers, the last closed windows": "新成员，最近完整的时间窗口",
    "Quality of channels": "渠道质量",
    "Active members, the last closed windows": "活跃成员，最近完整的时间窗口",
    "Activities": "活动",
    "How widely": "参与广度",
    "Topics": "话题",
    "When": "时间分布",
    "Who and what": "人与内容",
    "Could the alerts tell?": "告警能否判断？",
    "What fired before?": "之前触发过什么？",
    "What fires now?": "现在触发了什么？",
    "Why did it fall?": "为什么下降？",
    "Is any other milestone turning for the worse?": "其他里程碑指标有没有变差？",
    "Do facts contradict themselves or the reference data?": "事实是否自相矛盾或与参考数据矛盾？",
    "Do the sources live, and what do they send?": "数据源是否在线，发来了什么？",
    "Does the pipeline keep up, and will it?": "管道跟得上吗，今后呢？",
    "Is it true now?": "现在的数据可信吗？",
    "What the audits found": "审计发现了什么",
    "What was refused, sent twice, or odd": "被拒、重复或异常的内容",
    "Where the rollup is": "汇总计算的进度",
    "Dead letters and wrong rows, one by one": "死信与错误行，逐条",
    "Room: workers, store, labels, clock": "余量：工作进程、数据库、标签、时钟",
    "Groups in alarm": "告警中的社群",
    "Pipeline health; all of it is on the board Data quality": (
        "数据管道健康；全部内容见数据质量看板"
    ),
    "Course": "走势",
    "Funnel": "漏斗",
    "Do people come and stay?": "人们来了、留下了吗？",
    "Growth": "增长",
    "Leavers, further": "离开者，进一步",
    "Retention": "留存",
    "Segments, value and stages of the journey": "分组、价值与旅程阶段",
    "Silence, and waking up": "沉默与唤醒",
    "Which groups?": "哪些社群？",
    "Who leaves, and why?": "谁离开，为什么？",
    "Are members answered soon and well?": "成员得到及时良好的回应吗？",
    "Costs and value": "成本与价值",
    "Overdue and unhappy": "超时与不满",
    "Response over time": "响应走势",
    "What members say": "成员怎么说",
    "Which groups wait?": "哪些社群在等待？",
    "Who carries the load?": "谁承担了工作？",
    "Are members active, do they take part, and do they buy?": "成员活跃吗，参与吗，购买吗？",
    "Do members buy, and buy again?": "成员购买并复购吗？",
    "Is what is published talked about, passed on and liked?": "发布的内容被讨论、传播和喜欢吗？",
    "Do members stay, and are they helped soon and well?": "成员留下来并得到及时良好的帮助吗？",
    "Do learners take part, get on, and put it to use?": "学员参与、进步并学以致用吗？",
    "How it is spread": "如何分布",
    "Do people register, post well, answer, and come back?": "人们注册、发好帖、回答并回访吗？",
    "Do buyers stay connected, and members know each other?": "买家保持联系、成员彼此认识吗？",
    "Do newcomers come, move on to a service group, stay and renew?": (
        "新人到来、转入服务群、留下并续费吗？"
    ),
    "Does the pool of reachable clients grow, convert in its long cycle, and hold?": (
        "可触达客户池在增长、在长周期内转化并保持吗？"
    ),
    "What do they put out, and how good is it? They have no scored KPI.": (
        "他们产出了什么，质量如何？此类没有计分的 KPI。"
    ),
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
    "Members by time since they joined": "成员，按入群时长",
    "Operations calendar": "运营日历",
    "Roles held": "担任的角色",
    "Who came and went last": "最近进出的成员",
    "Milestones over time, live": "里程碑指标走势，实时",
    "Days from first join to first order": "从首次入群到首次下单的天数",
    "Orders and payers": "订单与付费人数",
    "Campaigns": "活动",
    "Channels: joins, cost, return": "渠道：入群、成本、回报",
    "Channels: what their members are worth": "渠道：成员价值",
    "Groups that grow by invitation": "靠邀请增长的社群",
    "Conversion by campaign, month": "转化，按活动，月",
    "Conversion by channel, month": "转化，按渠道，月",
    "Conversion by group, week": "转化，按社群，周",
    "Daily active": "日活跃",
    "Groups by activity": "社群，按活跃度",
    "Opinion leaders and atmosphere": "意见领袖与氛围",
    "About to fire": "即将触发",
    "Alerts firing, by name and severity": "触发中的告警，按名称与级别",
    "Critical, firing": "严重，触发中",
    "Warning, firing": "警告，触发中",
    "Firing now": "正在触发",
    "Groups most often in alarm": "最常告警的社群",
    "Incidents": "事件",
    "Milestones of the last closed hour": "最近一个整小时的里程碑指标",
    "Incidents of milestones, newest first": "里程碑指标事件，最新在前",
    "Share of groups that can be judged": "可判断的社群占比",
    "Time firing, by alert": "触发时长，按告警",
    "Watchdog": "看门狗",
    "What is most often the cause": "最常见的原因",
    "All joins and leaves add up": "所有进出都对得上",
    "Checks of the latest audit": "最近一次审计的检查项",
    "Dead letters by reason": "死信，按原因",
    "Duplicates": "重复记录",
    "Groups whose joins and leaves do not add up": "进出对不上的社群",
    "Groups without live series": "没有实时序列的社群",
    "Lateness by source": "延迟到达，按数据源",
    "Latest audit": "最近一次审计",
    "Mismatches of the audits, by check": "审计不符数，按检查项",
    "Oddities of membership, as they came": "成员关系异常，按到达",
    "Oldest record that waits": "最早的待处理记录",
    "Records in a group commit": "一次批量提交的记录数",
    "Rejected records": "被拒记录",
    "Rollup": "汇总计算",
    "Roster drift": "名册偏差",
    "Silent sources": "静默的数据源",
    "Staged tables": "预备表",
    "Time since each source's latest event": "距各数据源最近事件的时间",
    "What storing is spent on": "写库时间花在哪里",
    "Where facts contradict the reference data": "事实与参考数据矛盾之处",
    "Windows of the rollup": "汇总计算的窗口",
    "New versions": "新版本",
    "Alerts that fire": "触发中的告警",
    "Members by the channel they came through": "成员，按来源渠道",
    "Active again, by week of joining": "再次活跃，按入群周",
    "Active again, week by week": "再次活跃，逐周",
    "Channels by the retention of who came": "渠道，按来者的留存",
    "Groups by churn": "社群，按流失",
    "Retention week by week": "留存，逐周",
    "Still members, by week of joining": "仍在群，按入群周",
    "Conversations overdue, by group": "超时会话，按社群",
    "First response, median and 90 %": "首次响应，中位数与 90 分位",
    "Groups by timeliness": "社群，按及时性",
    "Staff: service": "员工：服务",
    "Staff: workload": "员工：工作量",
    "Unhappy members, by group": "不满成员，按社群",
    "What service costs, and is worth to members": "服务的成本与对成员的价值",
    "Conversion communities": "转化型社群",
    "Content communities": "内容型社群",
    "Service communities": "服务型社群",
    "Learning communities": "学习型社群",
    "Forums and community sites": "社区",
    "Groups by the figures of any community": "社群，按通用指标",
    "Quality of any community": "通用社群质量",
    "Acquisition groups and their service groups": "引流群及其服务群",
    "Groups of a product or a service business": "产品或服务类社群",
    "Groups of business clients": "企业客户社群",
    "Project-driven groups": "项目型社群",
}
