"""Strategies for histories that reach every corner of membership, windows and funnel."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.reference.signals import DAY, HOUR, Fact

MINUTE = 60_000
START = 1_760_000_400_000 // HOUR * HOUR
"""An hour boundary; histories lie in the three days before it."""

GRACES = st.sampled_from([0, 90_000, 300_000, HOUR])

_DETAILS = {
    "join": st.sampled_from(["qr", "link", "import"]),
    "leave": st.just(""),
    "chat": st.sampled_from(["text", "image", "system"]),
    "order": st.sampled_from(["paid", "paid", "created"]),
}
_TIMES = st.one_of(
    st.integers(0, 20 * MINUTE),
    st.integers(0, 60 * HOUR),
    st.integers(0, 90).map(lambda n: n * MINUTE // 2),
    st.integers(0, 70).map(lambda n: n * HOUR),
    st.integers(-3, 3).map(lambda n: DAY + n * MINUTE),
)


@st.composite
def _facts(draw: st.DrawFn) -> Fact:
    event_type = draw(st.sampled_from(["join", "join", "leave", "chat", "chat", "order"]))
    groups = ["a", "b", ""] if event_type == "order" else ["a", "a", "b"]
    return Fact(
        event_type,
        START - draw(_TIMES),
        draw(st.sampled_from(groups)),
        draw(st.sampled_from("uv")),
        draw(st.sampled_from(["member", "member", "member", "staff", "bot"])),
        draw(st.sampled_from(["irc", "shop"])),
        draw(st.sampled_from([0, 0, 1, 2**64 - 1])),
        draw(_DETAILS[event_type]),
    )


HISTORIES = st.lists(_facts(), min_size=1, max_size=40)
"""Facts in the order in which they arrive, which is any."""
