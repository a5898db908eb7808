"""The front door: help is fast, mistakes are one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"torch", "numpy", "scipy", "sklearn", "sqlalchemy", "altair", "pandas", "rich"}


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--version"], ["compare", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    """No help text waits for torch, NumPy or the database."""
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
    loaded = HEAVY & set(eval(done.stderr))  # noqa: S307 - our own list
    assert loaded <= ({"rich"} if "compare" in arguments else set())
    assert done.stdout


def test_import_initscope_loads_nothing_heavy():
    """The package itself is light; its names arrive when they are used."""
    script = "import initscope, sys; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(eval(done.stdout))  # noqa: S307 - our own list


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compre"], "unknown command 'compre': did you mean 'compare'?"),
        (["compare"], "Missing argument 'TASK'."),
        (["compare", "iris", "--sedes", "3"], "No such option '--sedes'. (Did you mean one of"),
    ],
)
def test_a_mistyped_command_is_one_line(initscope, arguments, message):
    """The mistake, and what was probably meant; exit code 2."""
    done = initscope(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"initscope: error: {message}")
    assert done.stderr.count("\n") == 1


def test_every_command_is_listed_and_loads(initscope):
    """The list of commands is that of the help, and each has help of its own."""
    from initscope.cli.main import _COMMANDS

    text = initscope("--help").stdout
    for name in _COMMANDS:
        assert f"  {name} " in text
        assert initscope(name, "--help").returncode == 0
