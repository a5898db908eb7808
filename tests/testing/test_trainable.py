"""The assertion and the plugin, in test suites of their own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest
import torch
from torch import nn

from initscope.errors import InputError
from initscope.testing import assert_trainable

pytest_plugins = ["pytester"]

_INSTALLED = any(each.name == "initscope" for each in entry_points(group="pytest11"))
PLUGIN = [] if _INSTALLED else ["-p", "initscope.testing.plugin"]
# Playwright's plugin cannot be nested; a cache would be written for nothing.
OPTIONS = [*PLUGIN, "-p", "no:playwright", "-p", "no:cacheprovider"]

SUITE = """
import torch
from torch import nn

def vanishing():
    return nn.Sequential(*(nn.Linear(64, 64, bias=False) for _ in range(20)))

def test_healthy(initscope_check):
    assert initscope_check(nn.Linear(8, 2), torch.randn(4, 8)).ok

def test_defective(initscope_check):
    initscope_check(vanishing(), torch.randn(32, 64))
"""


def test_a_defect_is_an_assertion_with_the_report():
    """The message has the finding, its evidence and the profile."""
    model = nn.Sequential(*(nn.Linear(64, 64, bias=False) for _ in range(20)))
    with pytest.raises(AssertionError) as caught:
        assert_trainable(model, torch.randn(32, 64))
    text = str(caught.value)
    assert "the model has defects at initialization" in text
    assert "measured" in text
    assert "second moment of the signal" in text


def test_level_and_ignores_let_pass():
    """A warning passes at the level error, an ignored rule at any; the report comes back."""
    model = nn.Linear(64, 2)
    report = assert_trainable(model, torch.randn(32, 64), fail_level="error", ignore=["SIG001"])
    assert "SIG001" not in [rule.code for rule in report.call.config.rules]
    with pytest.raises(InputError, match="unknown fail_level 'never'"):
        assert_trainable(model, torch.randn(32, 64), fail_level="never")


def test_the_fixture_fails_with_the_report(pytester):
    """One test passes, one fails, and the failure shows the findings and not our frames."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_inprocess(*OPTIONS)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: the model has defects at initialization*"])
    assert "trainable.py" not in result.stdout.str().partition("short test summary")[0]


def test_the_fixture_follows_the_project(pytester):
    """The configuration of the root folder is read."""
    pytester.makepyfile(SUITE)
    pytester.makepyprojecttoml('[tool.initscope]\nselect = ["UNI003"]\n')
    pytester.runpytest_inprocess(*OPTIONS).assert_outcomes(passed=2)


def test_the_plugin_loads_nothing():
    """A run of pytest that does not use the fixture imports neither torch nor NumPy."""
    script = "import sys, initscope.testing.plugin; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not {"torch", "numpy", "initscope.checking", "rich"} & set(done.stdout.split())
