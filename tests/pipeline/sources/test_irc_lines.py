import pytest

from pipeline.sources.irc_lines import (
    Happening,
    Joined,
    Left,
    Line,
    Noise,
    Renamed,
    Said,
    parse_line,
)

HOST = "(user@host)"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<ann> hello", Said("ann", "hello")),
        ("<ann> ", Said("ann", "")),
        ("<ann>", Said("ann", "")),
        ("<ann> <bob> said so", Said("ann", "<bob> said so")),
        (f"<ann> * bob {HOST} has joined #x", Said("ann", f"* bob {HOST} has joined #x")),
        ("* ann waves", Said("ann", "waves", action=True)),
        ("* ann has joined forces", Said("ann", "has joined forces", action=True)),
        ("* ann quit (smoking)", Said("ann", "quit (smoking)", action=True)),
        (f"* ann {HOST} has joined #duraspace", Joined("ann")),
        (f"* Guest[1] {HOST} has joined #duraspace", Joined("Guest[1]")),
        (f"* ann {HOST} has left #duraspace", Left("ann")),
        (f"* ann {HOST} Quit (Ping timeout: 260 seconds)", Left("ann")),
        (f"* ann {HOST} Quit ()", Left("ann")),
        (f"* ann {HOST} Quit (Quit: (really) gone)", Left("ann")),
        ("* ann was kicked from #duraspace by op", Left("ann", operator="op")),
        ("* ann is now known as ann_away", Renamed("ann", "ann_away")),
        ("-verne.freenode.net- *** Checking Ident", Noise("server")),
        ("* Topic is 'Welcome'", Noise("topic")),
        ("* Set by cwilper on Tue Jun 30 16:32:05 EDT 2009", Noise("topic")),
        ("* cwilper changes topic to 'Welcome'", Noise("topic")),
        ("* ChanServ sets mode +o cwilper", Noise("mode")),
        ("* Disconnected.", Noise("disconnected")),
        ("[freenode-connect VERSION]", Noise("client_request")),
        ("<- *ann* help", Noise("private")),
    ],
)
def test_each_form_of_line(text: str, what: Happening) -> None:
    assert parse_line(f"[9:07] {text}") == Line(9 * 60 + 7, what)


@pytest.mark.parametrize(
    ("stamp", "minute"), [("0:00", 0), ("00:00", 0), ("9:59", 599), ("09:59", 599), ("23:59", 1439)]
)
def test_hours_may_be_padded(stamp: str, minute: int) -> None:
    assert parse_line(f"[{stamp}] <ann> x") == Line(minute, Said("ann", "x"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<ann> no time",
        "[24:00] <ann> x",
        "[9:60] <ann> x",
        "[9:7] <ann> x",
        "[9:07] ann says x",
        "[9:07]",
        # a line from each of the archive's six days that another client wrote
        "--> grahamtriggs (user@host) has joined #duraspace",
        "--- Topic for #duraspace is Welcome to DuraSpace",
        "(11:31:20 AM) grahamtriggs left the room.",
        "(9:52:53 AM) eddies [user@host] entered the room.",
        "[09:04] == eddies [user@host] has quit [Changing host]",
        "2:55:07 PM CDT  DSpaceSlackBot:  Late reminder",
    ],
)
def test_what_fits_no_form_is_no_line(text: str) -> None:
    assert parse_line(text) is None


def test_upstreams_markup_is_read_as_well() -> None:
    raw = (
        '<span class="irc-date">[13:02]</span> <span class="irc-black">'
        "&lt;ann&gt; is 1 &lt; 2 &amp; so on?</span><br />"
    )
    assert parse_line(raw) == Line(13 * 60 + 2, Said("ann", "is 1 < 2 & so on?"))
