"""The generated pages: questions, initializers, activations, command line, Python interface.

They are written to ``generated`` before Sphinx reads its sources, and only where they differ, so
that nothing is built twice.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from initscope import claims, rules, theory
from initscope.cli.main import cli
from initscope.initializers import ROWS as INITIALIZERS
from initscope.theory.activations import ROWS as ACTIVATIONS
from initscope.topics import explain
from initscope.topics.question_page import questions

API = {
    "compare": (
        "Compare by training",
        "initscope",
        (
            "compare",
            "Comparison",
            "Sweep",
            "Data",
            "MLP",
            "BuiltIn",
            "Custom",
            "Training",
            "Adam",
            "AdamW",
            "SGD",
            "RMSprop",
            "Adagrad",
            "charts",
            "write_report",
        ),
    ),
    "check": ("Check a model", "initscope", ("check", "CheckReport")),
    "initialize": (
        "Initialize a model",
        "initscope",
        ("get", "Initializer", "Fans", "plan", "Plan", "init_", "Audit"),
    ),
    "explain": (
        "Explain and show",
        "initscope",
        ("explain", "Topic", "byhand", "ByHand", "draw", "Draw"),
    ),
    "claims": ("Claims", "initscope.claims", tuple(claims.__all__)),
    "rules": ("Rules", "initscope.rules", tuple(rules.__all__)),
    "theory": ("Theory", "initscope.theory", tuple(theory.__all__)),
    "errors": (
        "Errors",
        "initscope",
        ("InitscopeError", "InputError", "StorageError", "MissingExtraError"),
    ),
}
"""Pages of the Python interface: title, module, names."""


def setup(app):
    """Write the pages when the build begins."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "generated"))
    return {"parallel_read_safe": True}


def write(folder):
    """Write every generated page below a folder, and remove what is no page any more."""
    wanted = {folder / f"{name}.md": text for name, text in pages()}
    for path in set(folder.rglob("*.md")) - set(wanted):
        path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def pages():
    """Yield the name and the text of every generated page."""
    yield from _questions()
    yield from _catalogue(
        "initializers", "Initializers", [(row.name, f"`{row.formula}`") for row in INITIALIZERS]
    )
    yield from _catalogue(
        "activations", "Activations", [(row.name, row.citation) for row in ACTIVATIONS]
    )
    yield "command-line", _command_line()
    for name, (title, module, members) in API.items():
        yield f"api/{name}", _api(title, module, members)
    yield "api/index", _index("Python", "Everything that is public.", list(API))


def _questions():
    for question in questions():
        yield f"questions/{question.name.lower()}", f"{explain(question.name)}\n"
    names = [question.name.lower() for question in questions()]
    words = (
        "Thirteen questions about initialization. Every number on these pages was measured by the "
        "software, and every page shows the commands. In the terminal: `initscope explain Q4`."
    )
    yield "questions/index", _index("Questions", words, names)


def _catalogue(kind, title, lines):
    """One page of all, and a page of each: what `initscope explain` prints."""
    table = "\n".join(f"| [{name}]({name}.md) | {line} |" for name, line in lines)
    words = f"In the terminal: `initscope explain {lines[0][0]}`.\n\n| name | |\n|---|---|\n{table}"
    yield f"{kind}/index", _index(title, words, [name for name, _ in lines], hidden=True)
    for name, _ in lines:
        topic = explain(_unambiguous(kind, name))
        yield f"{kind}/{name}", f"# {name}\n\n{topic.text}\n"


def _unambiguous(kind, name):
    """An activation that shares its name with an initializer is asked for by itself."""
    return theory.activation(name) if kind == "activations" else name


def _index(title, words, names, *, hidden=False):
    options = ":hidden:\n" if hidden else ""
    listed = "\n".join(names)
    return f"# {title}\n\n{words}\n\n```{{toctree}}\n:maxdepth: 1\n{options}\n{listed}\n```\n"


def _command_line():
    parts = ["# Command line", "Every command also prints this with `--help`."]
    context = click.Context(cli, info_name="initscope")
    for name in cli.list_commands(context):
        parts += _helps(cli.get_command(context, name), name, context)
    return "\n\n".join(parts) + "\n"


def _helps(command, name, parent):
    """Yield the help of a command, and of those below it."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=88)
    yield f"## {context.command_path}"
    yield f"```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            yield from _helps(command.get_command(context, inner), inner, context)


def _api(title, module, members):
    blocks = [f"# {title}"]
    for member in members:
        value = getattr(importlib.import_module(module), member)
        kind = "autoclass" if isinstance(value, type) else _kind(value)
        options = "\n   :members:" if kind == "autoclass" else ""
        blocks.append(f"```{{eval-rst}}\n.. {kind}:: {module}.{member}{options}\n```")
    return "\n\n".join(blocks) + "\n"


def _kind(value):
    return "autofunction" if callable(value) else "autodata"
