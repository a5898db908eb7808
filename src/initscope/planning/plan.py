"""What will happen to every parameter of a model, before it happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from torch import nn

from initscope.errors import InputError
from initscope.initializers import Initializer
from initscope.observe import observe
from initscope.planning import parts
from initscope.planning.choice import Choice, keep
from initscope.planning.example import Call, Example, calls
from initscope.planning.graph import Graph
from initscope.planning.inventory import inventory
from initscope.planning.model import Model
from initscope.planning.names import unwrapped
from initscope.planning.places import Place
from initscope.planning.prior import prior
from initscope.planning.rules import Rule, Rules
from initscope.planning.schemes import scheme as get_scheme
from initscope.planning.settable import require_settable
from initscope.planning.slots import Slot

if TYPE_CHECKING:
    from initscope.planning.audit import Audit

Measure = Literal["", "unit", "expected"]


@dataclass(frozen=True, slots=True)
class Row:
    """What a plan says of one parameter.

    Attributes:
        slot: the parameter: name, aliases, shape, role, layout, fans.
        choice: what happens to it, and why; None where nothing is known to fit.
        place: where it stands in the graph; None without an example, or if it never ran.
    """

    slot: Slot
    choice: Choice | None
    place: Place | None

    @property
    def name(self) -> str:
        """The parameter's name."""
        return self.slot.name

    @property
    def role(self) -> str:
        """What the parameter is."""
        return self.slot.role

    @property
    def initializer(self) -> str:
        """The initializer's text form, or what else happens."""
        return str(self.choice) if self.choice else "uncovered"

    @property
    def activation(self) -> str:
        """The activation that consumes its output, or what else does; empty if unknown."""
        return self.place.feeds if self.place and self.slot.is_weight else ""

    @property
    def std(self) -> float | None:
        """Standard deviation of its entries, the same in all parts; None if nothing is drawn."""
        if self.choice is None or self.choice.action != "fill":
            return None
        return parts.std(self.slot, self.choice)

    @property
    def reason(self) -> str:
        """Why."""
        return self.choice.reason if self.choice else f"no scheme for the role {self.role!r}"

    @property
    def reference(self) -> str:
        """Author, year, place."""
        return self.choice.reference if self.choice else ""


@dataclass(frozen=True)
class Plan:
    """A decision for every parameter of a model, to be read before it is applied.

    Plans come from :func:`plan`; ``str`` prints one.

    Attributes:
        scheme: the scheme's text form.
        model_class: class of the model.
        rows: one for each parameter, tied parameters once.
        unused_rules: patterns that met no parameter.
        measure: how weights are rescaled, after they are drawn, by what the example shows: to
            "unit" variance, to the "expected" second moment, or "" for not at all.
        calls: the example.
    """

    scheme: str
    model_class: str
    rows: tuple[Row, ...]
    unused_rules: tuple[str, ...]
    measure: Measure = ""
    calls: tuple[Call, ...] = field(default=(), repr=False, compare=False)

    @property
    def uncovered(self) -> tuple[str, ...]:
        """Parameters for which neither the scheme nor a rule knows what fits."""
        return tuple(row.name for row in self.rows if row.choice is None)

    def row(self, name: str) -> Row:
        """Find a row by the parameter's name or an alias.

        Raises:
            InputError: there is no such parameter.
        """
        for row in self.rows:
            if name == row.name or name in row.slot.aliases:
                return row
        raise InputError(f"no parameter {name!r} in this {self.model_class}")

    def apply(self, model: nn.Module, seed: int = 0, **options: Any) -> Audit:
        """Write the values into a model, all or none, and prove it.

        See :func:`initscope.planning.apply.apply` for the options.
        """
        from initscope.planning.apply import apply

        return apply(self, model, seed, **options)

    def param_groups(self, model: nn.Module, learning_rate: float) -> list[dict[str, Any]]:
        """Return groups for an optimizer: scalars of residual branches at a tenth of the rate.

        Fixup trains its scalars with a tenth of the learning rate and without weight decay (Zhang,
        Dauphin and Ma, 2019, section 5).
        """
        roles = {row.name: row.role for row in self.rows}
        named = dict(model.named_parameters())
        scalars = [p for name, p in named.items() if roles.get(name) == "scalar"]
        others = [p for name, p in named.items() if roles.get(name) != "scalar"]
        groups: list[dict[str, Any]] = [{"params": others, "lr": learning_rate}]
        if scalars:
            groups.append({"params": scalars, "lr": learning_rate / 10, "weight_decay": 0.0})
        return groups

    def __str__(self) -> str:
        from initscope.planning.text import text

        return text(self)


def plan(  # noqa: PLR0913 - a model, and five ways to say what is meant
    model: nn.Module,
    scheme: str | Initializer = "auto",
    example: Example | None = None,
    rules: Sequence[Rule] | None = None,
    *,
    refine: bool = False,
    class_counts: Sequence[float] | None = None,
) -> Plan:
    """Decide how every parameter of a model is initialized. Nothing is written.

    Args:
        model: any module; it is left as it is.
        scheme: a scheme (``"auto"``, ``"gpt2"``, ``"torch"`` ..., see ``initscope schemes``), or an
            initializer, which every weight then gets.
        example: what the model is called with: a tensor, a tuple of positional or a dict of keyword
            arguments, or a list of several. ``auto`` and some others need it, to see which
            activation uses which weight.
        rules: pairs of a pattern of parameter names and an initializer (or ``"keep"``), which come
            before the scheme; the first that matches decides.
        refine: rescale weights after they are drawn, by one measured pass of the example, to what
            the scheme aims at.
        class_counts: number of training examples of each class; the head's bias then starts at the
            logarithm of their shares (Lin et al., 2017, section 3.3).

    Raises:
        InputError: the scheme or a rule is unknown, an example is needed or cannot be run, or a
            parameter is lazy, quantized or otherwise not to be set.

    >>> import torch, initscope
    >>> model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
    >>> print(initscope.plan(model, "he_normal").row("0.weight").initializer)
    he_normal
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"received {type(model).__name__}: expected a torch.nn.Module")
    model = unwrapped(model)
    chosen = get_scheme(scheme)
    own = Rules(rules)
    require_settable(model)
    batches = calls(example)
    pairs = [(each.args, each.kwargs) for each in batches]
    trace = observe(model, batches=pairs, measure=False) if batches else None
    seen = Model(model, inventory(model, trace), Graph(trace) if trace else None)
    if refine or chosen.measures:
        seen.require_graph(chosen.name)
    choices = dict(chosen.decide(seen))
    if class_counts is not None:
        choices |= prior(seen, class_counts)
    rows = tuple(
        Row(
            slot, _fitting(slot, own.choice(slot) or _scheme(seen, slot, choices)), seen.place(slot)
        )
        for slot in seen.slots
    )
    measure: Measure = "unit" if chosen.measures else "expected" if refine else ""
    return Plan(chosen.name, type(model).__name__, rows, own.unused, measure, batches)


def _scheme(model: Model, slot: Slot, choices: Mapping[str, Choice | None]) -> Choice | None:
    if not model.parameters[slot.name].requires_grad:
        return keep("frozen: requires_grad is False")
    return choices.get(slot.name)


def _fitting(slot: Slot, choice: Choice | None) -> Choice | None:
    """Refuse an initializer that needs fans where there are none, before anything is written."""
    if choice is None or choice.action != "fill":
        return choice
    if 0 in slot.shape:
        return keep("it has no entries")
    try:
        parts.std(slot, choice)
    except InputError as error:
        raise InputError(f"{slot.name}: {error}") from None
    return choice
