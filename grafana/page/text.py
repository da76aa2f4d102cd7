"""A panel of words: Markdown, without HTML of its own."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt

from grafana.macros import expand_text
from grafana.page.drawn import Drawn, Json, Scene, escaped
from grafana.page.frame import Frame

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def text(panel: Json, frames: Sequence[Frame], scene: Scene) -> Drawn:
    """Its content; tags in it are shown as they are written."""
    options = panel.get("options") or {}
    content = expand_text(str(options.get("content") or ""), scene.view)
    if options.get("mode") == "code":
        return Drawn(f"<pre>{escaped(content)}</pre>")
    return Drawn(f'<div class="words">{_MARKDOWN.render(content)}</div>')
