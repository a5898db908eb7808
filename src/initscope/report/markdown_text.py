"""Markdown in the terminal, its formulas in plain signs."""

from __future__ import annotations

import re

from rich.console import Console
from rich.markdown import Heading, Markdown
from rich.text import Text

_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", flags=re.DOTALL)
_FENCE = re.compile(r"(^```.*?^```$)", flags=re.MULTILINE | re.DOTALL)
_CHART = re.compile(r"^```\{chart\}.*?^```\n", flags=re.MULTILINE | re.DOTALL)
_FRACTION = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")
_COMMANDS = {
    r"\chi": "χ",
    r"\sigma": "σ",
    r"\cdot": "·",
    r"\times": "×",
    r"\pi": "π",
    r"\approx": "≈",
    r"\le": "≤",
    r"\ge": "≥",
    r"\to": "→",
    r"\ln": "ln",
    r"\sqrt": "√",
    r"\varepsilon": "ε",
    r"\quad": " ",
    r"\qquad": "  ",
    r"\partial": "∂",
    r"\sum": "Σ",
}
_RAISED = str.maketrans("0123456789+-T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class _Heading(Heading):
    """A heading at the left, without a frame."""

    def __rich_console__(self, console: Console, options: object):  # type: ignore[no-untyped-def]  # noqa: ANN204
        self.text.justify = "left"
        if self.tag != "h1":
            yield Text("")
        yield self.text


class _Page(Markdown):
    elements = {**Markdown.elements, "heading_open": _Heading}  # noqa: RUF012 - as its base has it


def print_page(title: str, text: str, console: Console) -> None:
    """Print a page: its heading, and Markdown without charts."""
    console.print(_Page(plain_formulas(f"# {title}\n\n{_CHART.sub('', text)}")))


def plain_formulas(text: str) -> str:
    r"""Write the formulas of a page in signs that every terminal shows; code stays as it is.

    >>> plain_formulas(r"so $\sigma_w^2 E[f'(x)^2] = 1$, `a$b`")
    "so σ_w² E[f'(x)²] = 1, `a$b`"
    """
    parts = _FENCE.split(text)
    return "".join(part if part.startswith("```") else _formulas(part) for part in parts)


def _formulas(text: str) -> str:
    return _FORMULA.sub(lambda found: plain(found[1] or found[2]), text)


def plain(formula: str) -> str:
    r"""Write one formula in plain signs.

    >>> plain(r"\chi_1^{30} = \frac{n}{2}")
    'χ₁³⁰ = n/2'
    """
    formula = _FRACTION.sub(lambda found: f"{_whole(found[1])}/{_whole(found[2])}", formula.strip())
    formula = re.sub(r"\\(?:mathrm|text)\{([^{}]*)\}", r"\1", formula)
    for command, sign in sorted(_COMMANDS.items(), key=lambda pair: -len(pair[0])):
        formula = formula.replace(command, sign)
    formula = re.sub(r"√\{([^{}]*)\}", lambda found: f"√{_whole(found[1])}", formula)
    formula = re.sub(r"\^\{?([0-9+T-]+|\*)\}?", lambda found: found[1].translate(_RAISED), formula)
    formula = re.sub(r"_\{?([0-9]+)\}?", lambda found: found[1].translate(_LOWERED), formula)
    return formula.replace("{", "").replace("}", "").replace("*", "\\*")


def _whole(part: str) -> str:
    """Put a sum or a product in parentheses."""
    return f"({part})" if " " in part else part
