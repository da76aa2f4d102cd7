"""A small community, made up by hand: 12 members, 3 groups, 2 channels, six weeks of 2026.

Every line below is an event: month-day, clock time in Asia/Shanghai, then what the heading of its
table says; `-` is nothing. Small enough to check any answer by eye.
"""

from __future__ import annotations

ZONE = "Asia/Shanghai"
CURRENCY = "CNY"
STAFF, BOTS = ("sue", "sam"), ("robo",)

# group person channel method inviter invite script
JOINS = """
10-01 00:00 tea   ann  -      import    -   -  -
10-01 00:00 tea   sue  -      import    -   -  -
10-02 09:00 tea   robo -      unknown   -   -  -
10-05 09:00 tea   bob  poster qr        -   -  -
10-05 20:00 tea   cat  friend invite    ann i1 warm
10-06 08:00 books gus  poster link      -   -  -
10-06 21:00 books hal  friend invite    gus i3 short
10-07 12:30 tea   dan  poster qr        -   -  -
10-08 06:30 run   jon  poster qr        -   -  -
10-12 06:30 run   kim  friend invite    jon i5 warm
10-13 10:00 tea   eve  friend invite    bob i2 warm
10-14 07:45 books bob  friend invite    gus i4 short
10-19 19:00 run   leo  -      staff_add sue -  -
10-20 09:15 tea   fay  poster qr        -   -  -
10-21 18:00 books ivy  -      unknown   -   -  -
10-22 06:00 run   ivy  friend invite    kim i6 warm
10-28 12:03 tea   dan  poster qr        -   -  -
11-09 10:00 tea   eve  friend invite    bob i9 -
"""
# group person kind reason operator; dan is back within five minutes, eve within a week
LEAVES = """
10-28 12:00 tea   dan  self   -               -
10-30 22:00 books hal  self   over_disturbing -
11-02 15:00 tea   eve  self   no_value        -
11-05 08:00 run   leo  kicked -               sue
11-10 09:00 tea   cat  self   -               -
"""
# group person type topic
CHATS = """
10-05 09:10 tea   bob  text   hello
10-05 09:12 tea   ann  text   hello
10-05 21:30 tea   cat  text   hello
10-06 20:00 tea   ann  text   -
10-06 20:05 tea   sue  text   -
10-06 20:06 tea   robo text   -
10-06 22:00 books hal  text   -
10-07 12:31 tea   dan  system -
10-08 07:00 run   jon  image  -
10-09 20:00 tea   bob  text   oolong
10-09 20:02 tea   ann  text   oolong
10-09 20:04 tea   cat  text   oolong
10-12 19:30 run   kim  text   -
10-13 12:00 tea   eve  text   -
10-14 20:00 books gus  text   novel
10-14 20:10 books bob  text   novel
10-15 20:00 tea   bob  text   oolong
10-19 20:00 tea   ann  text   -
10-19 20:30 tea   bob  text   -
10-20 20:00 tea   ann  text   -
10-20 23:59 tea   bob  text   -
10-21 00:00 tea   bob  text   -
10-21 20:15 books gus  text   novel
10-21 20:30 books ivy  text   novel
10-22 06:10 run   ivy  text   -
10-22 06:12 run   kim  text   -
10-26 20:00 tea   ann  text   -
10-28 12:05 tea   dan  text   oolong
11-02 20:00 tea   bob  text   oolong
11-02 20:01 tea   ann  text   oolong
11-03 06:30 run   kim  voice  -
11-04 20:00 books gus  text   -
11-09 20:00 tea   bob  text   -
11-10 20:00 run   jon  text   -
11-11 20:00 tea   eve  text   -
11-15 20:00 tea   bob  text   -
"""
# group buyer order status amount coupon product pieces price; o1's payment is told twice
ORDERS = """
10-09 20:58 tea   bob  o1 created -      -         green 1 59.00
10-09 21:00 tea   bob  o1 paid    59.00  -         green 1 59.00
10-09 21:05 tea   bob  o1 paid    59.00  -         green 1 59.00
10-16 20:00 tea   bob  o2 paid    106.20 welcome10 green 2 59.00
10-20 13:00 books gus  o3 paid    32.50  -         novel 1 32.50
10-24 11:00 tea   cat  o4 paid    67.50  welcome10 oolong 1 75.00
11-01 10:00 tea   fay  ox created -      -         green 1 59.00
11-03 19:30 tea   dan  o5 paid    59.00  -         green 1 59.00
11-06 10:00 run   kim  o6 paid    240.00 -         shoes 1 240.00
11-12 21:10 tea   bob  o7 paid    75.00  -         oolong 1 75.00
11-14 09:00 books ivy  o8 paid    65.00  -         novel 2 32.50
11-15 12:00 -     ann  o9 paid    20.00  -         cup   1 20.00
"""
# group buyer refund order amount reason
REFUNDS = """
10-26 10:00 tea   cat r1 o4 67.50 taste
11-13 10:00 books gus r2 o3 10.00 damaged
"""
# group person action target kind
REACTIONS = """
10-10 08:00 tea   ann  like     brewing content
10-10 08:05 tea   bob  forward  brewing content
10-11 09:00 tea   cat  like     brewing content
10-12 09:00 books hal  favorite list    content
10-29 21:00 tea   fay  like     m1      message
"""
# group person action kind object visitor
VIEWS = """
10-08 12:00 tea   bob click   product green   -
10-10 07:50 tea   ann read    content brewing -
10-10 08:01 tea   bob read    content brewing -
10-10 08:02 tea   bob read    content brewing -
10-11 08:55 tea   cat read    content brewing -
10-12 08:58 books hal read    content list    -
10-18 10:00 -     -   read    content list    v1
"""
# person invited invite action inviter script; nobody who is invited is known yet
INVITES = """
10-05 12:00 tea   i1 sent     ann warm
10-05 12:30 tea   i1 clicked  ann warm
10-05 19:00 tea   i1 approved ann warm
10-06 10:00 books i3 sent     gus short
10-12 06:00 run   i5 sent     jon warm
10-12 06:10 run   i5 clicked  jon warm
10-12 20:00 tea   i2 sent     bob warm
10-13 09:00 books i4 sent     gus short
10-13 09:30 books i4 clicked  gus short
10-13 10:00 books i4 applied  gus short
10-20 10:00 tea   i7 sent     ann short
10-20 10:30 tea   i8 sent     ann short
10-20 11:00 tea   i8 clicked  ann short
10-21 08:00 run   i6 sent     kim warm
"""
# group person push kind action
DELIVERIES = """
10-08 09:00 tea   bob  p1 private   sent
10-08 09:00 tea   bob  p1 private   delivered
10-08 11:00 tea   bob  p1 private   read
10-08 09:00 tea   cat  p1 private   sent
10-08 09:00 tea   cat  p1 private   delivered
10-08 09:00 tea   dan  p1 private   sent
10-08 09:01 tea   dan  p1 private   failed
10-20 09:16 tea   fay  p2 welcome   sent
10-20 09:16 tea   fay  p2 welcome   delivered
"""
# group customer session action kind staff
SESSIONS = """
10-08 10:00 tea   bob  s1 opened   inquiry     -
10-08 10:06 tea   bob  s1 replied  inquiry     sue
10-08 10:20 tea   bob  s1 closed   inquiry     sue
10-12 09:00 run   kim  s2 opened   question    -
10-12 10:30 run   kim  s2 replied  question    sam
10-25 20:00 tea   cat  s3 opened   after_sales -
10-25 20:02 tea   cat  s3 replied  after_sales sue
10-25 20:03 tea   cat  s3 replied  after_sales sam
11-04 18:00 books gus  s4 opened   inquiry     -
11-15 23:40 tea   dan  s5 opened   question    -
"""
# group person kind rating
FEEDBACK = """
10-17 20:00 tea   bob review    5
10-25 21:00 tea   cat complaint 1
10-26 12:00 tea   cat review    2
11-07 09:00 run   kim review    4
"""
# group person activity action
ACTIVITIES = """
10-15 12:00 run jon trail signup
10-15 12:10 run kim trail signup
10-15 18:00 run kim trail signup
10-18 07:00 run jon trail attend
10-18 07:05 run kim trail attend
10-18 10:00 run kim trail complete
10-20 12:00 run leo trail win
"""
# group person task
CHECKINS = """
10-19 07:00 run jon t1
10-19 07:30 run kim t1
10-20 07:00 run jon t2
10-21 23:30 run jon t3
10-22 07:30 run kim t2
11-14 07:00 run kim t3
11-15 07:00 run kim t4
11-15 07:10 run kim t5
"""
# group staff person coupon
COUPONS = """
10-13 09:00 tea sue bob welcome10
10-13 09:00 tea sue eve welcome10
10-21 09:00 tea sue cat welcome10
10-21 09:01 tea sue fay welcome10
"""
# group person topic content: a topic that was opened
TOPICS = """
10-09 19:59 tea   ann oolong c1
10-14 19:59 books gus novel  c2
"""
# day that ended in UTC, metric, numerator, n, baseline of the same weekdays
MILESTONES = (
    ("2026-10-19", "daily_active_rate", 3, 5, 0.6),
    ("2026-10-20", "daily_active_rate", 2, 6, 0.5),
    ("2026-10-20", "in_group_rate", 6, 6, None),
)
