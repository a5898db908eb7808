"""Links of pages that are also read in the repository: those that leave the site become text."""

from __future__ import annotations

import re
from pathlib import Path

_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def setup(app):
    """Rewrite sources as they are read."""
    app.connect("source-read", _rewrite)
    return {"parallel_read_safe": True}


def _rewrite(app, document, source):
    if str(app.env.doc2path(document)).endswith(".ipynb"):
        return
    folder = (Path(app.srcdir) / document).parent
    inside = Path(app.srcdir).resolve()

    def kept(match):
        words, target, _ = match.groups()
        path = (folder / target).resolve()
        if path.is_relative_to(inside) and not path.is_dir():
            return match[0]
        if path == inside / "decisions":
            return f"[{words}](/decisions/README.md)"
        return words if path.name in words else f"{words} (`{path.name}`)"

    source[0] = _LINK.sub(kept, source[0])
    if document == "decisions/README":
        records = sorted(path.stem for path in (inside / "decisions").glob("0*.md"))
        source[0] += "\n```{toctree}\n:hidden:\n" + "\n".join(records) + "\n```\n"
