"""The passages of the five documents that asked for these metrics, each with the ids it needs.

A passage is numbered document-passage; `pulse metrics coverage` ticks them off one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Passage:
    """One demand: where it stands, what it is about, and the metrics that answer it."""

    number: str
    about: str
    ids: tuple[str, ...]


_TABLE = """
0-1: I02 C11
    KPI definition; 80/20 rule
0-1b: A21 A20
    growth makes (core) members stay
0-2: I16
    whether KPI is needed: small / large / project-driven / benefit-sharing groups
0-3: I15 C07 A26
    lifecycle: KPIs change with phase; phase 1 = goals + data only; stickiness, own
    channel
0-4: I06 A06 F11 F15 C21 D09 C05 C19
    result- and process-oriented KPI list
0-5: A06 A08 A22 A16 A23
    user growth (community/platform), zombies, unfollow
0-6: C19 C20 C25 A17 A09
    activity frequency and rhythm; noise, mute, leave
0-7: C21 C22 D09
    activity participation; likes not recommended
0-8: F11 F15 I17
    conversion and repurchase; stickiness first
0-9: I16 G12
    KPI measures key quality, not workload; consensus; core team only; cost control
0-10: C32 C33 A01 A23
    community quality: strong ties, cross coverage, connection after purchase; not group
    size or follower count
1-1: F23 I01 F20
    result KPI = quantified work goal (sell 10 books via community; other ways have their
    own)
1-2: I07 D13 F24 C06
    process KPI = decomposition (introduce books daily, coupons, enthusiasm)
1-3: B24 I08 I09 F11
    survey; 300 persons; 3 % → 300-400; past data or none
1-4: H13 F22 I11
    chain market → operations → sales; 30 inquiries handed over; linked stages
1-5: F17 F18 I12
    last stage: three renewals, service + upgrade
1-6: I01 I07
    boss sets result KPI, self sets both
1-7: A18 I13
    acquisition group then split to service group
1-8: F21 I11 G01
    50 inquiries/day, ≥ 5 paid; upstream not mine
1-9: H13 I13 A21 A28
    拉新/促活/留存/转化 and purpose first
1-10: B16 B25 A23 F17
    secondary purposes: referral, moments share, follower flow, renewals near expiry
1-11: D05 D08 D07 A23
    article reads, forwards, likes; new followers by channel
2-1: I14 I15 A26 D14 H15
    north star, three goals, B-side order, phase emphasis
2-2: H05 H08 B24
    user attributes, nine questions
2-3: I21
    one trial at a time, staged small goals
2-4: A13 B11 C26 C06 C36 C28 I10
    nurture: rules, pull/kick, threshold, sensitive topics, healthy activity, answer
    quality, KOL; competitors
2-5: A18 G17 J11 I19 F25 H09
    conversion chain: scene, process split, rhythm, closing
2-6: B13 B14 B15
    activity fission is the most basic quality indicator
2-7: H05 H04 D01 C08
    member management (map, profile), content management (tables lost)
2-8: D04 C13 D13 J01 J02 J03
    data (1) content: day/week/month, content activity, topic activity, product mentions
2-9: H01 A06 B04 B12 B13
    data (2) users: four segments; fans, leads, fission - new and source
2-10: F11 F20 F19 A07 A10 A29
    data (3): conversion rate, source, cycle; four rates
2-11: J08 J09
    daily manual records → tools; finer dimensions
3-1: C24 F13
    近万名 (nearly 10 000) members, 50 % deep, 10 %+ paid 1 h after launch
3-2: B21 B22 B23 B25 C30 B19 C35 J11 E06
    process: poster, HR mail, moments, KOL, signup, groups with leaders, welcome,
    handbook, points
3-3: I21 I25
    goal → strategy → trial → optimise
3-4: D01 D10 A19
    content ability: retention by content; sales copy
3-5: C19 C20 C21 C22 I22
    activity planning, run, monitor, optimise
3-6: D10 A19 F12 D06 J10 J09
    data insight: content conversion, retention, final conversion; link clicks
3-7: J04 J05 J06 E01 E02 E03 E04 E05 D15
    鲸打卡, 群绘, EXCEL; peak check-in, feedback, progress, popular content
3-8: H15 E07 B24 J07
    business process, transaction parties; applied learning; surveys and tools
3-9: D12 C16 C18 D16 C19
    enterprise vs user content, learner ↔ sharer; three topic types; random/formal; run
    sheet; archive; offline
3-10: C30 C31 C35 G12 G14
    users manage users, tiers, rotation (52/yr), material incentive, overload
3-11: G13 G12
    expectation management
3-12: C37 C15 G07 D08 D11
    best-state four indicators
3-13: B26
    alliance benefits
3-14: G17 G18 I18 I20
    team communication: handbook, shared calendar, reviews, missed steps
3-15: C25 B18 C27 G11 C10 C11 E08
    cautions: noise and one-to-one pushes; negative feedback; shining stars, choose the
    best
4-1: F05 A22 D02 D03 C05 I05
    assessment: sales first, content second; registrations, posts, replies, activity; key-
    indicator method
4-2: A01 A02 A03 A04 A05 C04
    一.1 member data
4-3: C21 C14 C01 C02 C03 C12
    一.2 interaction data
4-4: F11 F06 F01 F02 F03 F04 F05 F07 F08 F10 F14
    一.3 business data
4-5: G02 G03 G01 G05 D01 G15
    一.4 internal control
4-6: C08 C09 F11 C21 F09 F07
    二 five quality indicators
4-7: H05 H04 H06 H09 H10 F28 G16 F15 F16 F26 F27 H02 H03
    三 profile and tags, behaviour, path, factor, affinity, records,
    repurchase/category/loyalty, RFM
4-8: H11 H14 F29 A30
    四.1 business analysis (positioning, model = text attributes of
    dim_group/dim_campaign), AARRR, journey, value and lifecycle
4-9: A11 A12 C06 F11 H10 C11
    四.2 milestone data and traits
4-10: H12 B17 I06 A07 B16
    四.3 indicator system; process/result
4-11: I01 I10 I07 I18 I19 I22
    四.4 monthly/quarterly targets, industry data, decomposition, calendar, key nodes,
    feedback
4-12: I03 I04 I20
    四.5 weights, scores, gap, review
4-13: A02 B04 B02 B06 I26
    五.1 acquisition data, improvements
4-14: C01 C03 C29 I26
    五.2 activity data; KOC, atmosphere
4-15: A09 A14 A20
    五.3 retention data, leave reasons
4-16: F11 F15
    五.4 conversion data
4-17: I24 I23 F15 F11 F07 D06 C06 D08 D07 A19 G08 G10 G02
    五.5 growth: YoY, PoP; three type sets
4-18: B09 B10 B07 B05
    五.6 ROI
4-19: A24 B08 B19 B20 A25 C34 C05 H07 C17 A27 A28
    六.1 customers: new / deleted / active
4-20: B01 B02 B03 A09 A15 C06 C23 C17
    六.2 group: join, leave, active rate
4-21: G04 G06 G14 G09
    六.3 staff work data
none: F30 J12
    support rows named by no seed
"""


_ENTRY = re.compile(r"^(\S+): (.*)\n((?: {4}.*\n)+)", re.MULTILINE)

PASSAGES: tuple[Passage, ...] = tuple(
    Passage(number, " ".join(about.split()), tuple(ids.split()))
    for number, ids, about in _ENTRY.findall(_TABLE)
)
"""All of them, in the order of the documents."""

ELSEWHERE: Mapping[str, str] = MappingProxyType(
    {
        "H06": "a list of events, not a number: `pulse sql member_timeline`",
        "H15": "a dimension, not a number: transaction_party in dim_member_profile",
    }
)
"""Ids that are answered by something else than a metric, and by what."""
