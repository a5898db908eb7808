"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat

import pytest

from initscope import StorageError, files


def test_a_file_is_replaced_at_once_and_nothing_else_stays(tmp_path):
    """The new text is there, with ordinary permissions, and no temporary file."""
    path = tmp_path / "report.html"
    path.write_text("old")
    files.write_text(path, "new ±")
    assert path.read_text(encoding="utf-8") == "new ±"
    assert list(tmp_path.iterdir()) == [path]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    """A disk that fills up in the middle does not cost the old report."""
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left on device"):
        files.write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_device_is_one_line():
    """/dev/full is a device that is always full; it stays a device."""
    with pytest.raises(StorageError, match="cannot write /dev/full: No space left on device"):
        files.write_text(files.Path("/dev/full"), "text")
    assert stat.S_ISCHR(files.Path("/dev/full").stat().st_mode)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/no/such/folder/x.html", "there is no folder /no/such/folder"),
        ("/tmp", "it is a folder; name a file in it"),
        ("/proc/x.html", "cannot write /proc/x.html: "),
    ],
)
def test_what_cannot_be_written_is_said_before_the_work(path, message):
    """A missing folder, a folder in place of a file, a folder that takes no files."""
    with pytest.raises(StorageError, match=message):
        files.require_writable(files.Path(path))
