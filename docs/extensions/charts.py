"""The directive ``{chart}``: a question's chart, drawn from what was measured for its page.

The SVG stands in the page itself, so that style rules give it the colours of dark pages.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from initscope.report import palette
from initscope.report.charts_theme import svg
from initscope.report.topic_charts import chart
from initscope.topics.question_page import measured


class Chart(SphinxDirective):
    """Draw the next chart of the page's question."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True
    option_spec = dict.fromkeys(("names", "axes", "x", "y", "log", "page"), directives.unchanged)

    def run(self):
        """Return the figure with its caption."""
        name = self.options.get("page") or self.env.docname.rpartition("/")[2].split("-")[0]
        count = self.env.temp_data.get("charts", 0)
        self.env.temp_data["charts"] = count + 1
        found = measured()[name.upper()]["charts"][count]
        return figure(chart(found), " ".join(self.content))


def figure(drawing, caption):
    """Return a chart as the nodes of a figure with a caption, which screen readers are told."""
    drawn = re.sub(
        r"<svg ", f'<svg role="img" aria-label="{_quoted(caption)}" ', svg(drawing), count=1
    )
    return [
        nodes.raw("", '<figure class="chart"><div tabindex="0">', format="html"),
        nodes.raw("", drawn, format="html"),
        nodes.raw("", f"</div><figcaption>{caption}</figcaption></figure>", format="html"),
    ]


def _write_style(app):
    """Write the rules of dark pages, for the reader's choice and for the system's."""
    rules = palette.dark_rules()
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "charts.css").write_text(
        f'body[data-theme="dark"] {{\n{rules}\n}}\n'
        "@media (prefers-color-scheme: dark) {\n"
        f'body:not([data-theme="light"]) {{\n{rules}\n}}\n}}\n',
        encoding="utf-8",
    )


def _quoted(text):
    return text.replace("&", "&amp;").replace('"', "&quot;")


def setup(app):
    """Register the directive, and the style rules of charts on dark pages."""
    app.add_directive("chart", Chart)
    app.connect("builder-inited", _write_style)
    app.add_css_file("charts.css")
    return {"parallel_read_safe": True}
