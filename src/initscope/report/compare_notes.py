"""What the columns of a comparison's table mean."""

from __future__ import annotations

from collections.abc import Sequence

from initscope.comparison import Comparison, Experiment, Sweep
from initscope.comparison.outcome import LEVEL
from initscope.report import inference_notes, numbers, rate_text
from initscope.training import Scheme, typed


def notes(comparison: Comparison) -> list[str]:
    """Say what the columns of a comparison mean."""
    return _notes([comparison], swept=False, split=inference_notes.split(comparison))


def sweep_notes(sweep: Sweep) -> list[str]:
    """Say what the columns of a sweep mean, at whose combinations the same is compared."""
    split = inference_notes.splits(sweep)
    return _notes(sweep.comparisons, swept=True, split=split)


def _notes(comparisons: Sequence[Comparison], *, swept: bool, split: str) -> list[str]:
    comparison = comparisons[0]
    experiment = comparison.experiment
    cells = [cell for each in comparisons for cell in each.cells]
    heads = {typed(cell.head) for cell in experiment.cells if cell.head != cell.hidden}
    head = f"{heads.pop()} on the head" if heads else "the same on the head"
    chance, score, error = _words(comparisons)
    stuck = any(cell.over == "stuck" for cell in cells)
    held_out = experiment.setting.data.validation
    return [
        *([_VALIDATION.format(held_out)] if held_out else []),
        f"{len(experiment.seeds)} networks each, paired by seed; {head}; {_biases(experiment)}.",
        *_route(comparison),
        *inference_notes.intervals(cells),
        f"failed: not better than {chance}, or not finite.",
        f"{score}, median, {error}: over the networks that trained"
        f"{'; stuck: none did, so over those at chance' if stuck else ''}.",
        *inference_notes.difference(comparison, score, swept=swept),
        split,
        f"epochs to {comparison.threshold:g}: median over all networks, one that never gets there "
        f"being later than any other; {numbers.MISSING}: half or more never do.",
        *(rate_text.notes(comparison.tuning) if comparison.tuning else []),
    ]


_VALIDATION = "Scores are on {:.0%} of the training data, held out; the test data took no part."


def _biases(experiment: Experiment) -> str:
    """Say where biases start: at zero, or as a scheme has it."""
    schemes = [str(cell.hidden) for cell in experiment.cells if isinstance(cell.hidden, Scheme)]
    if not schemes:
        return "biases from zero"
    names = ", ".join(dict.fromkeys(schemes))
    return f"biases from zero, or as decided by {names}"


def _route(comparison: Comparison) -> list[str]:
    """Say which way networks that are no perceptrons were trained, and why."""
    route = comparison.route
    if route.path == "batched":
        return []
    memory = route.chunk_bytes / 2**20
    local = comparison.experiment.setting.network.is_local
    place = "; in this process, the only one that has the factory" if local else ""
    return [
        f"trained by {route.words}; {route.together} networks in a chunk, about {memory:.0f} MiB"
        f"{place}."
    ]


def _words(comparisons: Sequence[Comparison]) -> tuple[str, str, str]:
    """Return what networks are held against, and the names of their score and their error."""
    levels = sorted({numbers.decimal(each.baseline) for each in comparisons})
    level = " to ".join(dict.fromkeys((levels[0], levels[-1])))
    if comparisons[0].regression:
        chance = f"the training mean (R² {level}; paired t-test of squared errors at {LEVEL:g})"
        return chance, "R²", "RMSE"
    chance = f"always answering the most frequent class ({level}; binomial test at {LEVEL:g})"
    return chance, "accuracy", "loss"
