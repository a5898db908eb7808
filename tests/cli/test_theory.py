"""``initscope theory`` as a user types it."""

from __future__ import annotations

import json

import pytest

from initscope.theory import MeanField

KEYS = {
    *("schema_version", "activation", "sigma_w", "sigma_b", "origin", "phase", "q_star", "chi_1"),
    *("chi_parallel", "c_star", "chi_c", "xi_q", "xi_c", "is_scale_free", "fixed_points"),
    *("correlation_fixed_points", "critical_point", "critical_point_reason", "edge_of_chaos"),
    *("edge_of_chaos_reason", "gains", "layers", "report"),
}


def test_json_is_alone_on_standard_output_and_has_what_it_promises(initscope, scratch):
    """The keys are stable, the numbers are those of the theory, and nothing is written."""
    done = initscope("theory", "tanh", "--sigma-w", "1.3", "--sigma-b", "0.2", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout, parse_constant=pytest.fail)
    assert set(result) == KEYS
    field = MeanField("tanh", 1.3, 0.2)
    for name in ("q_star", "chi_1", "chi_parallel", "c_star", "chi_c", "xi_q", "xi_c", "phase"):
        assert result[name] == getattr(field, name)
    assert result["edge_of_chaos"]["sigma_b"] == 0.2
    assert (result["layers"], result["report"]) == (None, None)
    assert list(scratch.iterdir()) == []


def test_null_stands_for_infinity(initscope):
    """At the critical point the depth scales are infinite."""
    done = initscope("theory", "relu", "--format", "json")
    result = json.loads(done.stdout, parse_constant=pytest.fail)
    assert (result["xi_q"], result["xi_c"], result["phase"]) == (None, None, "critical")
    grows = initscope("theory", "relu", "--sigma-w", "2", "--format", "json")
    assert json.loads(grows.stdout, parse_constant=pytest.fail)["q_star"] is None


@pytest.mark.parametrize(
    ("arguments", "sigma_w", "sigma_b", "origin"),
    [
        (["gelu"], 1.4082110, 0.4158394, "the critical point"),
        (["sigmoid"], 1.8462, 0.0, "no critical point: sigma_w is the forward gain"),
        (["tanh", "--sigma-b", "0.2"], 1.3041, 0.2, "on the edge of chaos"),
        (["relu", "--sigma-b", "0.2"], 2**0.5, 0.2, "no edge of chaos: sigma_w is the forward"),
        (["tanh", "--sigma-w", "2"], 2.0, 0.0, ""),
        (["relu", "--init", "he_normal"], 2**0.5, 0.0, "he_normal at width 256"),
        (["relu", "--init", "normal(std=0.1)", "--width", "400"], 2.0, 0.0, "normal(std=0.1) at"),
    ],
)
def test_scales_that_are_not_given_are_chosen_and_said(
    initscope, arguments, sigma_w, sigma_b, origin
):
    """The critical point, the edge of chaos, the forward gain, or an initializer's."""
    result = json.loads(initscope("theory", *arguments, "--format", "json").stdout)
    assert result["sigma_w"] == pytest.approx(sigma_w, rel=1e-4)
    assert result["sigma_b"] == pytest.approx(sigma_b, rel=1e-6)
    assert result["origin"].startswith(origin)
    assert bool(result["origin"]) == bool(origin)


def test_a_network_is_predicted_and_simulated_layer_by_layer(initscope):
    """Means of the simulation lie within five standard errors of the prediction."""
    command = ["theory", "tanh", "--sigma-w", "1.5", "--depth", "4", "--width", "200"]
    done = initscope(*command, "--simulate", "30", "--format", "json")
    layers = json.loads(done.stdout)["layers"]
    assert [layer["layer"] for layer in layers] == [1, 2, 3, 4]
    for layer in layers:
        assert (layer["fan_in"], layer["fan_out"]) == (200, 200)
        low, high = layer["q_interval"]
        assert low < layer["q"] < high
        for name, measured in layer["simulated"].items():
            # Five standard errors of 30 networks, and the bias of order 1 / width.
            room = 5 * measured["standard_error"] + 0.02 * layer[name]
            assert abs(measured["mean"] - layer[name]) < room


def test_text_shows_a_deep_network_in_few_lines(initscope):
    """Of fifty layers, the first, the last and some between are shown."""
    text = initscope("theory", "tanh", "--depth", "50").stdout
    heading = text.index("50 layers of 256 units")
    first = [line.split()[0] for line in text[heading:].splitlines() if line[:1].isdigit()]
    assert first[1:] == ["1", "5", "10", "14", "19", "23", "28", "32", "37", "41", "46", "50"]


def test_the_report_is_written_and_named(initscope, scratch):
    """The report has every chart, and the command says where it is."""
    done = initscope("theory", "tanh", "--depth", "5", "--width", "20", "--report", "out.html")
    assert done.stdout.splitlines()[-1] == "report: out.html"
    assert (scratch / "out.html").read_text().count("<svg") == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tnh"], "unknown activation 'tnh': did you mean 'tanh'?"),
        ([], "Missing argument 'ACTIVATION'."),
        (["tanh", "--sigma-w", "-1"], "--sigma-w is -1.0: expected a finite number from 0"),
        (["tanh", "--sigma-b", "nan"], "--sigma-b is nan: expected a finite number from 0"),
        (["tanh", "--depth", "0"], "depth 0: expected a whole number from 1"),
        (["tanh", "--width", "1"], "width 1: expected a whole number from 2"),
        (["tanh", "--width", "0", "--init", "he_normal"], "width 0: expected a whole number from"),
        (["tanh", "--simulate", "-1"], "simulate -1: expected a whole number from 0"),
        (
            ["tanh", "--depth", "2", "--correlation", "2"],
            "correlation 2.0: expected a number between -1 and 1",
        ),
        (["tanh", "--depth", "2", "--input-second-moment", "-1"], "second moment -1.0: expected"),
        (
            ["tanh", "--init", "he_nomal"],
            "unknown initializer 'he_nomal': did you mean 'he_normal'?",
        ),
        (
            ["tanh", "--init", "he_normal", "--sigma-w", "1"],
            "--init gives the scale of the weights: leave out --sigma-w",
        ),
        (["tanh", "--init", "ones"], "ones draws weights whose mean is not zero"),
        (["tanh", "--report", "/no/such/x.html"], "cannot write /no/such/x.html: there is no"),
        (
            ["tanh", "--width", "9999999", "--simulate", "1"],
            "a network of this size needs 7450579 GiB to simulate, this machine has ",
        ),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(initscope, scratch, arguments, message):
    """Exit code 2, one line on standard error, no file made."""
    done = initscope("theory", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"initscope: error: {message}")
    assert done.stderr.count("\n") == 1
    assert list(scratch.iterdir()) == []
