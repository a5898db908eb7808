"""Fixtures for the whole suite: real databases, a real browser, a scratch folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Page

PATIENCE = 120_000.0
"""Milliseconds that a browser has for what takes it one second, unless the machine is busy."""

# On a busy machine an example takes as long as it takes.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# Each worker of the suite computes on one thread: together they have the machine's cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def require(what: str, found: object, advice: str) -> None:
    """Skip where something is not installed; fail instead where INITSCOPE_REQUIRE names it."""
    if found:
        return
    if what in os.environ.get("INITSCOPE_REQUIRE", "").split(","):
        pytest.fail(f"{what} is required here and was not found: {advice}")
    pytest.skip(f"no {what}: {advice}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of the session's own, on a socket in a scratch folder."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    binaries = str(folders[-1]) if folders else ""
    initdb = shutil.which("initdb", path=f"{binaries}:{os.environ['PATH']}")
    require("postgres", initdb, "apt-get install postgresql")
    assert initdb
    # Short, because a socket's path has a limit of about 100 characters.
    home = Path(os.environ.get("TMPDIR", "/tmp")) / f"initscope-pg-{os.getpid()}"
    home.mkdir(mode=0o700)
    user = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(home, "postgres")
        user = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str) -> None:
        command = [*user, str(Path(initdb).with_name(program)), "-D", str(home / "data")]
        subprocess.run([*command, *arguments], check=True, capture_output=True, cwd="/", text=True)

    run("initdb", "-U", "postgres", "--auth=trust", "--no-sync")
    try:
        settings = f"-k {home} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-w", "-o", settings, "-l", str(home / "log"), "start")
        yield f"postgresql://postgres@/postgres?host={home}"
        run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of Debian's Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    require("browser", path, "apt-get install chromium")
    assert path
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium_path: str) -> dict[str, object]:
    """Let pytest-playwright start Debian's Chromium, without its calls home."""
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    return {"executable_path": chromium_path, "args": arguments, "timeout": PATIENCE}


@pytest.fixture
def page(page: Page) -> Page:
    """A page whose every step may take its time."""
    page.set_default_timeout(PATIENCE)
    return page


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, with no settings from outside."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INITSCOPE_STORAGE", raising=False)
    return tmp_path
