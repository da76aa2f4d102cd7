"""PURE: what to do when a milestone gets worse, in English and Chinese, by the metric's id.

Suggestions for whoever looks after the community, to be weighed against the causes found: what
brings people in (channels, incentives, wording), what makes them speak (activities, topics, people
who carry a conversation), what makes them stay (care, order, fewer interruptions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Actions:
    """Three to five things to do, the quickest first; the same ones in both languages."""

    en: tuple[str, ...]
    zh: tuple[str, ...]


NONE = Actions((), ())

PLAYBOOK: Mapping[str, Actions] = MappingProxyType(
    {
        "A09": Actions(
            (
                "Read the reasons and the time in the group of those who left; call five of them.",
                "Halve broadcasts and mentions of everyone until the rate is usual again.",
                "Clear out advertising and quarrels, and repeat the rules of the group.",
                "If newcomers leave, correct what the invitation promises; if old members do,"
                " give them a reason to stay.",
            ),
            (
                "查看退群原因和退群者的在群时长，回访其中五人。",
                "在恢复正常前，群发和@所有人的次数减半。",
                "清理广告和争吵，重申群规。",
                "新人退群就修正邀请话术中的承诺；老成员退群就给出留下的理由。",
            ),
        ),
        "A11": Actions(
            (
                "Find out whether staff cleaned up, moved or split the group; if so, silence the"
                " alert.",
                "Pause broadcasts today and answer what is open in the group.",
                "Welcome newcomers within the hour and say what the group gives them.",
                "Write to those who left last and invite them back with what they missed.",
                "Check the channel or campaign that brought the leavers: does it bring the right"
                " people?",
            ),
            (
                "先确认是否为人工清理、迁群或拆群；若是，静默该告警。",
                "今天暂停群发，先回复群内未处理的问题。",
                "新人入群一小时内欢迎，说明群能给他什么。",
                "联系最近退群的人，用错过的内容邀请其回来。",
                "检查退群者的来源渠道或活动，是否引来了不合适的人。",
            ),
        ),
        "A19": Actions(
            (
                "Welcome each newcomer by name on the first day and ask one easy question.",
                "Plan the first week: an introduction, one useful thing a day, one activity.",
                "Put order into topics, so that newcomers find what they came for.",
                "Send fewer reminders: one useful message instead of three.",
                "Compare the cohorts by channel, and stop what brings people for the gift alone.",
            ),
            (
                "新人第一天点名欢迎，并抛出一个容易回答的问题。",
                "设计首周节奏：自我介绍、每天一条干货、一次活动。",
                "梳理话题，让新人快速找到想要的内容。",
                "减少打扰：一条有用的消息胜过三条提醒。",
                "按渠道比较各批新人，停掉只为领礼品而来的渠道。",
            ),
        ),
        "A25": Actions(
            (
                "Stop mass private messages until the reason is known.",
                "Look at which member of staff and which message came before the removals.",
                "Set a limit of private messages a week for each customer, and keep to it.",
                "Agree with customers what they want to hear of, by tags.",
            ),
            (
                "查明原因前停止私聊群发。",
                "查看被删前是哪位员工、哪条消息。",
                "为每位客户设定每周私聊上限并遵守。",
                "用标签与客户约定他们愿意接收的内容。",
            ),
        ),
        "B02": Actions(
            (
                "Open the link and the QR code of the invitation yourself: expired, full, blocked?",
                "Compare wordings; go back to the best one and test one change at a time.",
                "Give a reason to join now: material, a coupon, a place in an activity.",
                "Add channels beside the one that fell, and let members invite members.",
                "Ask inviters to write to people they know rather than to lists.",
            ),
            (
                "亲自打开邀请链接和二维码：是否过期、满员或被封？",
                "对比各版话术，先用回最好的一版，每次只改一处再测。",
                "增加立即入群的理由：资料、优惠券或活动名额。",
                "在下滑渠道之外拓展新渠道，鼓励老带新。",
                "请邀请人联系熟人，而不是名单群发。",
            ),
        ),
        "B17": Actions(
            (
                "Look at the failures by kind of push: blocked account, limit of the platform,"
                " wrong addresses?",
                "Send a test to yourself through the same account and template.",
                "Reach people another way meanwhile: group notice, private message, text message.",
                "Take dead addresses out of the lists, and send in smaller portions.",
            ),
            (
                "按推送类型看失败原因：账号受限、平台限额还是名单错误？",
                "用同一账号和模板给自己发一条测试。",
                "期间换一种触达方式：群公告、私聊或短信。",
                "清理失效名单，分批小量发送。",
            ),
        ),
        "C01": Actions(
            (
                "Check first whether messages still arrive: is the source of this group alive?",
                "Open a topic that anyone can answer, with a question at its end.",
                "Ask two or three active members to reply first.",
                "Have staff answer questions that nobody answered.",
            ),
            (
                "先确认消息是否仍在接入：该群的数据源是否正常？",
                "抛出人人能接的话题，并以提问结尾。",
                "请两三位活跃成员先接话。",
                "由员工回复无人回答的问题。",
            ),
        ),
        "C06": Actions(
            (
                "Hold a short activity today: a quiz, a vote, questions and answers with a guest.",
                "Open one guided topic at the hour at which this group usually talks.",
                "Ask KOCs and the atmosphere group to begin and to answer; thank who joins in.",
                "If new members are silent, introduce them and give them an easy first task.",
                "Move announcements elsewhere where they drown the conversation.",
            ),
            (
                "今天办一场小活动：问答、投票或嘉宾答疑。",
                "在该群平时最热闹的时段，抛出一个引导话题。",
                "请KOC和气氛组带头发言和接话，并感谢参与者。",
                "新成员沉默时，介绍他们并给一个容易的首个任务。",
                "公告淹没交流时，把公告移到别处。",
            ),
        ),
        "C21": Actions(
            (
                "Remind members an hour and ten minutes before, with what they gain.",
                "Lower the threshold: fewer steps, a shorter form, a way to take part later.",
                "Choose another hour or another kind, as the better attended activities had.",
                "Give a small reward for attending, and a visible one for completing.",
            ),
            (
                "活动前一小时和十分钟各提醒一次，说明收获。",
                "降低门槛：减少步骤、缩短表单、允许补参加。",
                "参考参与较好的活动，更换时段或形式。",
                "参加有小奖励，完成有看得见的奖励。",
            ),
        ),
        "C27": Actions(
            (
                "Answer the negative messages within the hour: thank, repair, say by when.",
                "Take long disputes into a private conversation.",
                "Find what they share (a product, a delivery, a rule) and tell who owns it.",
                "Tell the group what was done about it.",
            ),
            (
                "一小时内回应负面消息：感谢、补救、给出时间。",
                "把较长的争执转到私聊处理。",
                "找出共同原因（产品、物流或规则），反馈给负责人。",
                "在群里公布处理结果。",
            ),
        ),
        "F11": Actions(
            (
                "Buy something yourself: link, price, stock, coupon and payment must work.",
                "If fewer members speak than usual, warm the group up before the offer.",
                "If those who speak do not buy, change the offer: a bundle, a deadline, a show of"
                " use, voices of buyers.",
                "Write in private to those who asked and did not order.",
                "Keep offers out of the days after a large sale; give content instead.",
            ),
            (
                "亲自下一单：链接、价格、库存、优惠券和支付是否正常。",
                "发言人数偏少时，先暖场再上优惠。",
                "有人聊却不买时，调整方案：组合、限时、使用演示、买家口碑。",
                "私聊咨询过但未下单的人。",
                "大促之后几天少推销，多给内容。",
            ),
        ),
        "F15": Actions(
            (
                "Remind buyers when what they bought runs out, with a way to order again in a tap.",
                "Ask recent buyers how they use it, and solve what hinders them.",
                "Give old customers something that newcomers do not get.",
                "Offer what goes with the first purchase, not the same again.",
            ),
            (
                "按用完时间提醒买家，并提供一键复购。",
                "回访近期买家的使用情况，解决障碍。",
                "给老客户专属权益。",
                "推荐与首单搭配的商品，而不是重复推同款。",
            ),
        ),
        "F21": Actions(
            (
                "Answer open inquiries first, the newest before the oldest.",
                "Give the three most asked questions a ready answer with price and link.",
                "Look where inquiries stop: no reply, no price, no payment?",
                "Hand warm inquiries to sales within the hour.",
            ),
            (
                "先回复未处理的咨询，新的优先。",
                "为最常见的三个问题准备含价格和链接的标准回复。",
                "查看咨询停在哪一步：没回复、没报价还是没付款？",
                "一小时内把高意向咨询转给销售。",
            ),
        ),
        "G03": Actions(
            (
                "Put one more colleague on duty in the hours in which replies came late.",
                "Take over conversations of whoever has most of them open.",
                "Answer first that it was seen, and by when there will be a solution.",
                "Ready answers for what is asked most; a self-help page for the rest.",
            ),
            (
                "在响应变慢的时段增加一名值班同事。",
                "分担手上会话最多的员工。",
                "先回复已收到，并告知解决时间。",
                "常见问题用标准回复，其余提供自助说明。",
            ),
        ),
        "G08": Actions(
            (
                "Call everybody who complained today, before the end of the day.",
                "Sort complaints by product and by member of staff; stop the offer that leads.",
                "Make good visibly: refund, replacement, apology, and tell when.",
                "Correct the promise in the script that raised false hopes.",
            ),
            (
                "当天回访每一位投诉客户。",
                "按商品和员工归类投诉，先暂停最集中的一项。",
                "看得见地补救：退款、换货、致歉并说明时间。",
                "修正话术中让人误解的承诺。",
            ),
        ),
        "G09": Actions(
            (
                "Answer the overdue conversations now, the oldest first.",
                "Reassign those of colleagues who are absent.",
                "Make one person of each shift answer for the open list.",
            ),
            (
                "立即回复超时会话，最久的优先。",
                "把缺勤同事的会话转派出去。",
                "每班指定一人对未处理列表负责。",
            ),
        ),
        "H13": Actions(
            (
                "Find the stage that fell, and hold it against the one before: too few came in, or"
                " its own share fell.",
                "Walk through the stage as a member would: welcome, offer, order page.",
                "Have the owner of the stage talk to five members who stopped there.",
                "Hand members over in person until the rate is usual again.",
            ),
            (
                "找出下降的环节，并与上一环节对照：是进入的人少了，还是本环节的比例低了。",
                "以成员的身份把这个环节走一遍：欢迎、推荐、下单页面。",
                "请环节负责人回访五位停在这一步的成员。",
                "在恢复正常前，由专人把成员交接到下一环节。",
            ),
        ),
    }
)


def actions(metric_id: str) -> Actions:
    """What to do when this metric gets worse; none for a metric that is no milestone."""
    return PLAYBOOK.get(metric_id, NONE)
