"""Formulas as MathML, which browsers show by themselves: no script, no font, no network."""

from __future__ import annotations

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

_LOG = logging.getLogger(__name__)
_NAME = re.compile(r"(?<![\\A-Za-z{_])([A-Za-z]{2,})")
_FAN = re.compile(r"fan_(in|out|avg)")
_BIG = re.compile(r"\\Big")
_RAISED = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_ROOT = re.compile(r"√(fan_\w+|\d+|E\[.*?\]|\(.*?\)|\w)")
_FUNCTION = re.compile(r"\\(ln|log|sin|tanh) ")


def setup(app):
    """Register the renderer and choose it."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    app.connect("config-inited", _choose)
    return {"parallel_read_safe": True}


def _choose(app, config):
    config.html_math_renderer = "mathml"


def _visit_inline(writer, node):
    writer.body.append(_mathml(node, as_block=False))
    raise nodes.SkipNode


def _visit_block(writer, node):
    writer.body.append(f'<div class="math">{_mathml(node, as_block=True)}</div>\n')
    raise nodes.SkipNode


def tex(code):
    r"""Complete what the pages write plainly: names are upright, roots have their sign.

    >>> tex("Var(z) = n σ_w^2")
    '\\mathrm{Var}(z) = n σ_w^2'
    """
    code = _RAISED.sub(lambda found: f"^{{{found[0].translate(_PLAIN)}}}", code)
    code = _FAN.sub(r"\\text{fan_\1}", _ROOT.sub(r"\\sqrt{\1}", code))
    code = _NAME.sub(r"\\mathrm{\1}", _BIG.sub("", code))
    code = _FUNCTION.sub(r"\\\1\\,", code)
    code = code.replace("∼", r"\sim ").replace("·", r"\cdot ")
    return (
        code if r"\\" not in code and "&" not in code else f"\\begin{{align*}}{code}\\end{{align*}}"
    )


def _mathml(node, *, as_block):
    code = node.astext()
    try:
        return tex2mathml(tex(code), as_block)
    except MathError as error:
        _LOG.warning("formula %r: %s", code, error, location=node)
        return f"<code>{code}</code>"
