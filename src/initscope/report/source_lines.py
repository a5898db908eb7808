"""Source files as other tools want them named: relative to the project where they lie in it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote


def relative(file: str, root: Path) -> str:
    """Return a path from a root on, with slashes; an absolute one where it lies elsewhere.

    >>> relative("/project/net/model.py", Path("/project")), relative("/usr/x.py", Path("/project"))
    ('net/model.py', '/usr/x.py')
    """
    path = Path(file)
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def uri(file: str, root: Path) -> str:
    """Return the same as a reference that may stand in a URI.

    >>> uri("/project/my net.py", Path("/project")), uri("/usr/x.py", Path("/project"))
    ('my%20net.py', 'file:///usr/x.py')
    """
    name = relative(file, root)
    return Path(name).as_uri() if Path(name).is_absolute() else quote(name)
