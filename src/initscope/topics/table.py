"""Every topic there is, and how one is found."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from initscope import theory
from initscope.errors import InputError, unknown
from initscope.initializers import NAMES as INITIALIZERS
from initscope.initializers import ROWS as INITIALIZER_ROWS
from initscope.initializers import Fans, Initializer, get
from initscope.report import rules_text
from initscope.rules import Rule, rules
from initscope.theory import Activation, activation
from initscope.theory.activations import NAMES as ACTIVATIONS
from initscope.theory.activations import ROWS as ACTIVATION_ROWS
from initscope.topics import activation_page, initializer_page, question_page
from initscope.topics.topic import Topic

if TYPE_CHECKING:
    from initscope.claims import Claim

FAN_IN, FAN_OUT = 100, 50


def explain(
    topic: str | Initializer | Activation | Callable[..., Any],
    fan_in: int = FAN_IN,
    fan_out: int = FAN_OUT,
) -> Topic:
    """Explain a rule, a question, a claim, an initializer or an activation, with numbers.

    Args:
        topic: the code or the slug of a rule ("SIG001"), the number or the slug of a question
            ("Q4") or a claim ("20"), the text form of an initializer ("he_normal",
            "normal(std=0.01)") or of an activation ("tanh", "leaky_relu(a=0.2)"); or an
            initializer, an activation, or a function of your own, which is taken for an activation.
        fan_in: inputs of a unit, for an initializer's derivation.
        fan_out: outputs of an input, likewise.

    Raises:
        InputError: there is no such topic, or a fan is below one.

    >>> page = explain("he_normal", fan_in=50, fan_out=10)
    >>> page.kind, page.data["std"]
    ('initializer', 0.2)
    """
    if fan_in < 1 or fan_out < 1:
        raise InputError(f"fans {fan_in} and {fan_out}: expected whole numbers from 1")
    fans = Fans(fan_in, fan_out)
    if isinstance(topic, Initializer):
        return initializer_page.page(topic, fans)
    if not isinstance(topic, str):
        return activation_page.page(theory.activation(topic))
    return _named(topic.strip(), fans)


def topics() -> dict[str, dict[str, str]]:
    """Return the names of all topics with a line on each, by kind.

    >>> list(topics())
    ['questions', 'initializers', 'activations', 'rules', 'claims']
    """
    return {
        "questions": {each.name: each.title for each in question_page.questions()},
        "initializers": {row.name: row.formula for row in INITIALIZER_ROWS},
        "activations": {row.name: row.citation for row in ACTIVATION_ROWS},
        "rules": {each.code: each.what for each in rules()},
        "claims": {str(each.id): each.statement for each in _claims()},
    }


def _named(text: str, fans: Fans) -> Topic:
    for each in rules():
        if text.upper() == each.code or text == each.slug:
            return _rule(each)
    for question in question_page.questions():
        if text.upper() == question.name or text.lower().replace(" ", "-") == question.slug:
            return question_page.page(question)
    name = text.partition("(")[0].strip()
    if name in INITIALIZERS:
        return initializer_page.page(_complete(text), fans)
    if name in ACTIVATIONS:
        return activation_page.page(activation(text))
    for claim in _claims():
        if text in (str(claim.id), claim.slug):
            return _claim(claim)
    raise _unknown(text)


def _names() -> Iterator[str]:
    yield from INITIALIZERS
    yield from ACTIVATIONS
    for rule in rules():
        yield from (rule.code, rule.slug)
    for question in question_page.questions():
        yield from (question.name, question.slug)
    yield from (each.slug for each in _claims())


def _unknown(text: str) -> InputError:
    """Suggest the nearest name; all of them would fill a page."""
    names = list(_names())
    if difflib.get_close_matches(text.lower(), names, n=1):
        return unknown("topic", text, names)
    return InputError(f"unknown topic {text!r}: initscope explain lists every topic")


def _complete(text: str) -> Initializer:
    """Return the initializer; parameters that must be given, and are not, get an example."""
    name = text.strip()
    return get(_EXAMPLES[name]) if name in _EXAMPLES else get(name)


_EXAMPLES = {
    "constant": "constant(value=0.5)",
    "uniform": "uniform(low=-0.1, high=0.1)",
    "normal": "normal(std=0.01)",
    "truncated_normal": "truncated_normal(std=0.02)",
    "log_uniform": "log_uniform(low=1, high=99)",
    "sparse": "sparse(sparsity=0.9)",
}
"""Initializers that need parameters, with those that their page shows."""


def _rule(rule: Rule) -> Topic:
    title = f"{rule.code} {rule.slug} ({rule.severity})"
    return Topic(rule.code, "rule", title, rules_text.text(rule), rules_text.plain(rule))


def _claims() -> tuple[Claim, ...]:
    """Return the claims, whose experiments take a second to import."""
    from initscope.claims import claims

    return claims()


def _claim(claim: Claim) -> Topic:
    from initscope.report import claims_text

    title = f"Claim {claim.id}: {claim.statement}"
    words = (f"**{heading}.** {text}" for heading, text in claims_text.sections(claim))
    tested = f"```console\n$ initscope claims run {claim.id} --quick\n```"
    text = "\n\n".join((*words, "Whether it holds is for a run to say:", tested))
    return Topic(str(claim.id), "claim", title, text, claims_text.plain(claim))
