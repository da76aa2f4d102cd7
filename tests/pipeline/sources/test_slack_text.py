import pytest

from pipeline.sources.slack_text import mentioned, readable


@pytest.mark.parametrize(
    ("marked", "seen"),
    [
        ("plain", "plain"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("<https://x.org/a|the page>, <https://x.org/b>", "the page, https://x.org/b"),
        ("<mailto:a@x.org|a@x.org>", "a@x.org"),
        ("<@UANN|ann> <@UBOB>", "@ann @UBOB"),
        ("<#C1|general> <#C2>", "#general #C2"),
        ("<!here|@here> <!channel>", "@here @channel"),
        ("<!subteam^S1|@crew>", "@crew"),
        ("<>", ""),
    ],
)
def test_markup_is_shown_as_readers_see_it(marked: str, seen: str) -> None:
    assert readable(marked) == seen


def test_mentions_are_persons_each_once() -> None:
    assert mentioned("<@UBOB|bob> <@UANN> <@UBOB> <#C1|c> <!here> @UCAT") == ("UBOB", "UANN")
