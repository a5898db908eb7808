"""The files behind modules of the user's: their own, and those of the project that they import.

Imports are read from the text, also those inside functions, and nothing is run to find them, so
that the same files are found in every process, whatever else it has imported.
"""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import util
from itertools import accumulate
from pathlib import Path
from types import ModuleType

_STANDARD = tuple(sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib"))
_INSTALLED = {"site-packages", "dist-packages"}


def files(modules: Iterable[ModuleType]) -> dict[str, bytes]:
    """Return the content of the files of modules, and of all that they import from the project.

    The project is what lies outside of the standard library and of the folders for installed
    packages. An installed module counts only where it is given, and its imports are not followed.
    """
    given = {_name(module): _file(module) for module in modules}
    found: dict[str, bytes] = {}
    waiting, seen = dict(given), set(given)
    while waiting:
        name, path = waiting.popitem()
        if path is None or not (_is_of_project(path) or (name in given and _is_installed(path))):
            continue
        found[name] = path.read_bytes()
        if _is_of_project(path):
            new = {*_packages(name), *_imported(found[name], _package(name, path))} - seen
            waiting |= {each: _place(each) for each in new}
            seen |= new
    return found


def is_ours(module: str) -> bool:
    """Say whether a module is torch's or this package's: what they compute is no user's network."""
    return module.partition(".")[0] in ("torch", "initscope")


def _name(module: ModuleType) -> str:
    """Return the name by which a module is imported, also where it runs as the main program."""
    spec = getattr(module, "__spec__", None)
    return spec.name if spec else module.__name__


def _file(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if file and os.path.isfile(file) else None  # noqa: PTH113 - half the time


def _is_installed(path: Path) -> bool:
    return not _INSTALLED.isdisjoint(path.parts)


def _is_of_project(path: Path) -> bool:
    return not (_is_installed(path) or str(path).startswith(_STANDARD))


def _package(name: str, path: Path) -> str:
    """Return the package that relative imports in a module's file start from."""
    return name if path.stem == "__init__" else name.rpartition(".")[0]


def _packages(name: str) -> Iterator[str]:
    """Return a dotted name and the packages that hold it, which are imported before it."""
    return accumulate(name.split("."), "{}.{}".format)


@lru_cache(maxsize=4096)
def _imported(content: bytes, package: str) -> frozenset[str]:
    """Return the names that may be modules in the imports of a file, with their packages."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):  # an extension module, or a file for another Python
        return frozenset()
    names = (name for node in ast.walk(tree) for name in _targets(node, package))
    return frozenset(each for name in names if not is_ours(name) for each in _packages(name))


def _targets(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and (package or not node.level):
        source = util.resolve_name("." * node.level + (node.module or ""), package)
        yield source
        yield from (f"{source}.{alias.name}" for alias in node.names)


def _place(name: str) -> Path | None:
    """Return the file of a module, which need not have been imported; None if it has none."""
    if name in sys.modules:
        return _file(sys.modules[name])
    package, _, leaf = name.rpartition(".")
    if not package:
        spec = util.find_spec(name)
        return Path(spec.origin) if spec and spec.has_location and spec.origin else None
    forms = (f"{leaf}/__init__.py", f"{leaf}.py")
    paths = (folder / form for folder in _folders(package) for form in forms)
    return next((path for path in paths if path.is_file()), None)


def _folders(package: str) -> list[Path]:
    """Return where a package looks for its modules; nowhere if it is none."""
    above, _, leaf = package.rpartition(".")
    if package in sys.modules:
        places = getattr(sys.modules[package], "__path__", ())
    elif above:
        return [folder / leaf for folder in _folders(above)]
    else:
        spec = util.find_spec(package)
        places = (spec.submodule_search_locations if spec else None) or ()
    return [Path(place) for place in places]
