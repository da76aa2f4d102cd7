"""The markups that chats and mails read, and what keeps a text from being markup in each."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.alerting.messages.document import Code, Lines, Link, Span, Strong, Text


@dataclass(frozen=True)
class Dialect:
    """How spans are written. `escape` makes any text safe; the others get what is escaped."""

    escape: Callable[[str], str]
    strong: Callable[[str], str]
    code: Callable[[str], str]
    link: Callable[[str, str], str]
    line_end: str

    def lines(self, lines: Lines) -> str:
        """The lines, one below the other."""
        return self.line_end.join("".join(map(self.span, line)) for line in lines)

    def span(self, span: Span) -> str:
        """One span."""
        text = self.escape(span.text)
        match span:
            case Text():
                return text
            case Strong():
                return self.strong(text)
            case Code():
                return self.code(text)
            case Link(url=url):
                return self.link(text, url)


_TWINS = str.maketrans("*`~[]<>\\", "＊｀～［］＜＞＼")
_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")


def twins(text: str) -> str:
    """Markup characters as their full-width twins, for markups that have no escape.

    An underscore stays within a word, where it means nothing.
    """
    return _EDGE.sub("＿", text.translate(_TWINS))


def entities(text: str) -> str:
    """Everything that Feishu's markup gives a meaning, as HTML entities, which it takes."""
    return re.sub(r"[&<>*~`\[\]()#:+\"'$_\\!|-]", lambda found: f"&#{ord(found[0])};", text)


def slack(text: str) -> str:
    """Slack's three entities, and twins for the signs of its emphasis, which has no escape."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _EDGE.sub("＿", safe.translate(str.maketrans("*`~", "＊｀～")))


def _link(text: str, url: str) -> str:
    return f"[{text}]({url})"


def _slack_link(text: str, url: str) -> str:
    return f"<{url.replace('&', '&amp;')}|{text}>"


PLAIN = Dialect(str, str, str, lambda text, url: f"{text}: {url}", "\n")
WECOM = Dialect(twins, "**{}**".format, "`{}`".format, _link, "\n")
DINGTALK = Dialect(twins, "**{}**".format, "{}".format, _link, "  \n")
FEISHU = Dialect(entities, "**{}**".format, "{}".format, _link, "\n")
SLACK = Dialect(slack, "*{}*".format, "`{}`".format, _slack_link, "\n")
HTML = Dialect(
    html.escape,
    "<strong>{}</strong>".format,
    "<code>{}</code>".format,
    lambda text, url: f'<a href="{html.escape(url)}">{text}</a>',
    "<br>\n",
)
