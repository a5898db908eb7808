"""What the jobs compute, held against plain loops and the theory."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
import torch

from initscope.lab import between, catalogue, plane, signal
from initscope.lab.fields import FieldError
from initscope.lab.link import DroppedError, Link
from initscope.lab.requests import Catalogue, Map, Signal
from initscope.lab.spread import BINS, of
from initscope.networks import build
from initscope.theory import MeanField


def parts(job, request) -> dict[str, object]:
    """Run a job, and return the parts of its answer by name."""
    found = {}
    link = Link(
        1,
        "sqlite://",
        lambda answer: found.update({answer.content["name"]: answer.content["data"]}),
    )
    job.run(request, link)
    return found


@torch.no_grad()
@pytest.mark.parametrize("norm", ["none", "batch", "layer", "rms"])
@pytest.mark.parametrize("residual", [False, True])
def test_the_curves_are_those_of_a_plain_loop(norm, residual):
    """Second moments and correlations, layer by layer, as a loop over the modules gives them."""
    request = Signal(
        depth=5, width=24, activation="tanh", norm=norm, residual=residual, branch_scale=0.5,
        init="lecun_normal", bias_std=0.1, correlation=0.3, seed=2,
    )  # fmt: skip
    layers = parts(signal, request)["picture"]["layers"]
    built = build(signal.target(request))
    x = built.example
    for index, (layer, block) in enumerate(zip(layers, built.model[:-1], strict=True)):
        linear = (block.branch if residual and index else block)[0]
        seen = linear(x)
        x = block(x)
        expected = x if residual else seen
        assert layer["layer"] == index + 1
        assert layer["signal"] == pytest.approx(float((expected**2).mean()), rel=1e-4)
        units = torch.nn.functional.normalize(expected[::2], dim=1)
        cosines = (units @ units.T)[~torch.eye(16, dtype=bool)]
        assert layer["correlation"] == pytest.approx(float(cosines.mean()), abs=1e-4)
    assert all(layer["gradient"] > 0 for layer in layers)


def test_theory_and_measurement_agree_in_wide_networks():
    """Of 20 layers at critical scales at least 18 lie within their 95% bands."""
    request = Signal(depth=20, width=512, activation="relu", init="he_normal")
    layers = parts(signal, request)["picture"]["layers"][1:]
    inside = sum(each["signal_low"] < each["signal"] < each["signal_high"] for each in layers)
    # One network's layers are not independent: the band is wide enough for all or for few.
    assert inside >= 18


def test_findings_and_phase_are_told():
    """A vanishing signal is found, and its scales are in the ordered phase."""
    found = parts(signal, Signal(depth=20, width=64, init="normal(std=0.02)"))
    codes = {finding["code"] for finding in found["picture"]["findings"]}
    assert "SIG001" in codes or "PAR002" in codes or "PAR005" in codes
    point = found["phase"]
    assert point["phase"] == "ordered"
    assert point["sigma_w"] == pytest.approx(0.02 * 8)
    assert point["chi_1"] == pytest.approx(MeanField("tanh", 0.16).chi_1)


def test_weights_with_a_mean_have_no_place_on_the_map():
    """Ones have no sigma_w, and no phase is told."""
    assert parts(signal, Signal(depth=3, width=8, init="ones"))["phase"] is None


def test_overflow_is_null_in_the_answer():
    """A network that overflows has null where a number would be infinite, and is found out."""
    found = parts(signal, Signal(depth=60, width=32, activation="relu", init="normal(std=10)"))
    assert found["picture"]["findings"]
    assert len(found["picture"]["layers"]) == 60


def test_histograms_count_every_value_once():
    """On the shared axis nothing is lost but tails; zeros are told apart; saturation is a share."""
    chance = torch.Generator().manual_seed(0)
    outputs = [torch.randn(32, 64, generator=chance).relu(), torch.full((32, 64), 0.99)]
    found = of(outputs, (-1.0, 1.0), 0.98)
    zeros = float((outputs[0] == 0).float().mean())
    assert found["zeros"] == [pytest.approx(zeros), 0]
    assert sum(found["shared"][0]) == pytest.approx(2048 * (1 - zeros), abs=0.002 * 2048)
    assert sum(found["shared"][1]) == 2048
    assert [len(row) for row in found["shared"]] == [BINS, BINS]
    assert found["saturated"][1] == 1.0
    expected = np.quantile(outputs[0].numpy(), [0.05, 0.25, 0.5, 0.75, 0.95])
    assert found["quantiles"][0] == pytest.approx(expected.tolist())


def test_the_plane_is_the_theory_on_a_grid():
    """chi_1 in the middle of a cell is MeanField's; the edge has chi_1 one."""
    found = parts(plane, Map())["plane"]
    rows, columns = len(found["chi_1"]), len(found["chi_1"][0])
    sigma_b, sigma_w = 20.5 / rows * found["height"], 60.5 / columns * found["width"]
    assert found["chi_1"][20][60] == pytest.approx(MeanField("tanh", sigma_w, sigma_b).chi_1, 1e-3)
    for sigma_w, sigma_b in found["edge"][:: max(1, len(found["edge"]) // 4)]:
        assert MeanField("tanh", sigma_w, sigma_b).chi_1 == pytest.approx(1, abs=2e-3)


def test_the_catalogue_offers_what_fills_a_matrix():
    """Every initializer on offer draws a square matrix with its defaults."""
    found = parts(catalogue, Catalogue())["catalogue"]
    names = {row["name"] for row in found["initializers"]}
    assert {"he_normal", "orthogonal", "zeros", "normal"} <= names
    assert "dirac" not in names
    for row in found["initializers"]:
        values = ", ".join(
            f"{each['name']}={str(each['default']).lower()}" for each in row["parameters"]
        )
        parts(
            signal,
            Signal(depth=1, width=8, init=f"{row['name']}({values})" if values else row["name"]),
        )
    assert found["activations"][0] == "identity"


def test_a_wrong_name_is_about_its_field():
    """Errors say which control they belong to."""
    with pytest.raises(FieldError, match="expected one of") as caught:
        parts(signal, Signal(activation="rleu"))
    assert caught.value.field == "activation"


def test_a_job_waits_while_paused_and_ends_when_cancelled(until):
    """Between portions of its work a job obeys: it waits, goes on, and ends."""
    link, steps = Link(1, "", lambda _answer: None), []
    ended = threading.Event()

    def work() -> None:
        try:
            while True:
                link.proceed()
                steps.append(1)
                ended.wait(0.001)
        except DroppedError:
            ended.set()

    worker = threading.Thread(target=work)
    link.pause()
    worker.start()
    assert not ended.wait(0.05)
    assert steps == []
    link.resume()
    until(lambda: steps)
    assert not ended.is_set()
    link.cancel()
    until(ended.is_set)
    worker.join()


class Counting(Link):
    """A link whose page wants something newer after a number of questions whether it does."""

    left = 0

    @property
    def dropped(self) -> bool:
        """Count the question."""
        self.left -= 1
        return self.left < 0

    @dropped.setter
    def dropped(self, _value: bool) -> None:
        """Leave it to the counting."""


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.95])
def test_a_picture_that_nobody_waits_for_ends_at_any_operation(monkeypatch, share):
    """Building, forward, backward or after: torch is as before, and the next picture the same."""
    monkeypatch.setattr(between, "LIVE", 0.0)
    request = Signal(depth=3, width=16, norm="batch", residual=True)
    wanted = parts(signal, request)
    whole = Counting(1, "sqlite://", lambda _answer: None)
    whole.left = 10**9
    signal.run(request, whole)
    link = Counting(1, "sqlite://", lambda _answer: pytest.fail("an answer to nobody"))
    link.left = int(share * (10**9 - whole.left))
    with pytest.raises(DroppedError):
        signal.run(request, link)
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert torch.overrides._get_current_function_mode_stack() == []
    assert not torch.nn.modules.module._global_forward_hooks
    assert parts(signal, request) == wanted


def test_a_fast_picture_is_drawn_though_the_slider_has_moved_on(monkeypatch):
    """What ends within the time that every job has is not ended for something newer."""
    monkeypatch.setattr(between, "LIVE", 3600.0)
    found = []
    link = Link(1, "sqlite://", lambda answer: found.append(answer.content["name"]))
    link.cancel()
    with pytest.raises(DroppedError):
        signal.run(Signal(depth=3, width=16), link)
    assert found == ["picture", "again"]


@pytest.mark.parametrize(("depth", "width"), [(100, 1024), (61, 1024), (100, 794)])
def test_a_network_too_large_for_a_page_is_refused_beside_its_width(depth, width):
    """Depth and width together are bounded, before anything of that size is made."""
    with pytest.raises(FieldError, match=r"million weights: expected at most 63 million") as caught:
        parts(signal, Signal(depth=depth, width=width))
    assert caught.value.field == "width"
    _, _, fits = str(caught.value).rpartition("such as ")
    assert signal.MOST_WEIGHTS - width**2 < int(fits.split()[0]) * width**2 <= signal.MOST_WEIGHTS


def test_the_largest_network_keeps_a_process_below_its_bound():
    """The peak of a process with the largest picture is less than 900 MiB, as the bound says."""
    code = (
        "import torch; torch.set_num_threads(1)\n"
        "from initscope.lab import signal\n"
        "from initscope.lab.link import Link\n"
        "from initscope.lab.requests import Signal\n"
        "asked = Signal(depth=60, width=1024, norm='batch', residual=True)\n"
        "signal.run(asked, Link(1, 'sqlite://', lambda answer: None))\n"
        "print(next(row for row in open('/proc/self/status') if row.startswith('VmHWM')))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[1]) / 1024 < 900
