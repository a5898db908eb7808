"""``initscope gain`` as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from initscope.theory import gains
from initscope.theory.activations import ROWS


@pytest.fixture
def here(scratch, monkeypatch):
    """An empty current folder, whose modules are forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield scratch
    for name in [n for n in sys.modules if n.startswith("gain_test_")]:
        del sys.modules[name]


def test_json_has_the_gains_of_every_activation(initscope):
    """Without names the table is complete, and has the theory's numbers."""
    done = initscope("gain", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert result["schema_version"] == 1
    assert [row["activation"] for row in result["gains"]] == [row.name for row in ROWS]
    for row in result["gains"]:
        assert set(row) == {
            *("activation", "q", "forward", "backward", "pytorch", "growth", "note"),
        }
        assert row["forward"] == gains(row["activation"]).forward


def test_text_has_a_line_for_each_name_and_one_note_for_a_single_one(initscope):
    """Names may have parameters; a single one is explained."""
    done = initscope("gain", "tanh", "leaky_relu(a=0.2)")
    lines = done.stdout.splitlines()
    assert lines[1].split() == ["tanh", "1.5925", "1.4674", "1.6667", "1.1778"]
    # sqrt(2 / (1 + 0.2^2)), and no growth: leaky ReLU has both gains in one.
    assert lines[2].split() == ["leaky_relu(a=0.2)", "1.3868", "1.3868", "1.3868", "1.0000"]
    assert "LeCun" not in done.stdout
    assert "LeCun's scaled tanh" in " ".join(initscope("gain", "tanh").stdout.split())


def test_a_convention_is_a_column_alone(initscope):
    """The column has a dash where PyTorch has no number."""
    done = initscope("gain", "tanh", "gelu", "--convention", "pytorch")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["activation", "PyTorch"],
        ["tanh", "1.6667"],
        ["gelu", "–"],
    ]


def test_q_is_where_the_gain_is_taken(initscope):
    """For small signals tanh is linear, and its gain is 1."""
    result = json.loads(initscope("gain", "tanh", "--q", "1e-8", "--format", "json").stdout)
    assert result["gains"][0]["forward"] == pytest.approx(1, abs=1e-7)


def test_a_function_of_the_users_is_found_from_the_current_folder(initscope, here):
    """E[x^6] = 15 and E[9 x^4] = 27, exactly."""
    (here / "gain_test_mine.py").write_text("def cube(x):\n    return x**3\n")
    done = initscope("gain", "gain_test_mine:cube", "--format", "json")
    (row,) = json.loads(done.stdout)["gains"]
    assert row["activation"] == "gain_test_mine:cube"
    assert row["forward"] == pytest.approx(15**-0.5, rel=1e-12)
    assert row["backward"] == pytest.approx(27**-0.5, rel=1e-9)
    assert row["pytorch"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tnh"], "unknown activation 'tnh': did you mean 'tanh'?"),
        (["tanh", "--q", "0"], "second moment 0: expected a number above 0, such as 1"),
        (["tanh", "--q", "-1"], "second moment -1.0: expected a finite number from 0"),
        (["gain_test_no:f"], "gain_test_no:f: there is no module 'gain_test_no' in "),
        (["math:"], "math:: expected package.module:function"),
        (["math:tnh"], "math:tnh: unknown attribute 'tnh': did you mean 'tanh'?"),
        (["math:pi"], "math:pi: received 3.14"),
        (["gain_test_broken:f"], "gain_test_broken:f: importing gain_test_broken failed: "),
        (["gain_test_needs:f"], "gain_test_needs:f: importing gain_test_needs failed: No module"),
        (["gain_test_two:f"], "gain_test_two:f: f takes 2 arguments (a, b)"),
    ],
)
def test_bad_input_is_one_line(initscope, here, arguments, message):
    """Exit code 2 and one line on standard error."""
    (here / "gain_test_broken.py").write_text("1 / 0\n")
    (here / "gain_test_needs.py").write_text("import gain_test_absent\n")
    (here / "gain_test_two.py").write_text("def f(a, b):\n    return a\n")
    done = initscope("gain", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"initscope: error: {message}")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["gain"], ["theory", "tanh"]])
def test_the_theory_does_not_wait_for_torch(arguments):
    """Neither torch nor the charts are loaded for text."""
    script = (
        "import sys\n"
        "from initscope.cli.main import main\n"
        f"sys.argv = ['initscope', *{arguments!r}]\n"
        "try:\n    main()\n"
        "finally:\n    print(sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(eval(done.stderr))  # noqa: S307 - our own list
    assert not {"torch", "altair", "pandas", "sklearn", "sqlalchemy"} & loaded
    assert "tanh" in done.stdout
