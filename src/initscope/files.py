"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from initscope.errors import StorageError


def require_writable(path: Path) -> None:
    """Raise before any work is done if a file cannot be written.

    Raises:
        StorageError: the folder is missing or read-only, or the path is a folder.
    """
    if path.is_dir():
        raise StorageError(f"cannot write {path}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise StorageError(f"cannot write {path}: there is no folder {path.parent}")
    if not _ordinary(path):
        return
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}."):
            pass
    except OSError as error:
        raise _cannot(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file at once: readers see the old file or the new one, never a part.

    Raises:
        StorageError: the file cannot be written; an old one is as it was.
    """
    with writing(path) as file:
        file.write(text.encode())


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place when the block ends, and never if the block raises.

    Raises:
        StorageError: the file cannot be written; an old one is as it was.
    """
    try:
        with _replacing(path) if _ordinary(path) else path.open("wb") as file:
            yield file
    except OSError as error:
        raise _cannot(path, error) from error


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _ordinary(path: Path) -> bool:
    """Whether the path is, or would be, an ordinary file, and not a device such as /dev/stdout."""
    return not path.exists() or path.is_file()


def _cannot(path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot write {path}: {error.strerror or error}")
