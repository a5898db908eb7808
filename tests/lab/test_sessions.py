"""Every page has a process of its own, which ends with it, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from initscope.errors import InputError
from initscope.lab.app import MOST_SESSIONS
from initscope.lab.serve import bind

SMALL = {"depth": 3, "width": 16}
LARGE = {"depth": 60, "width": 1024}
LONG = {"task": "digits", "epochs": 100, "depth": 10, "width": 128, "seeds": 200, "train": True}


def is_alive(pid: int) -> bool:
    """Whether a process runs, and is no zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def test_a_worker_ends_with_its_socket_in_the_middle_of_work(lab, until):
    """One process a socket; closing it ends the process, though its race has minutes to go."""
    before = lab.workers()
    with lab.socket() as socket:
        lab.ask(socket, id=1, job="signal", params=SMALL)
        (worker,) = lab.workers() - before
        socket.send(json.dumps({"id": 2, "job": "race", "params": LONG}))
    until(lambda: not is_alive(worker))
    until(lambda: lab.workers() <= before)  # who has ended is a child until it is reaped
    assert lab.process.poll() is None


def test_two_sockets_do_not_disturb_each_other(lab):
    """While one computes for seconds, the other has its answers."""
    with lab.socket() as busy, lab.socket() as quick:
        busy.send(json.dumps({"id": 1, "job": "signal", "params": LARGE}))
        answers = lab.ask(quick, id=1, job="signal", params=SMALL)
        assert len(answers[0]["data"]["layers"]) == 3
        assert answers[-1]["kind"] == "done"


def test_the_answer_depends_on_the_request_alone(lab):
    """Two processes give bit for bit the same picture, whatever they did before."""
    with lab.socket() as one, lab.socket() as other:
        lab.ask(other, id=1, job="signal", params={**SMALL, "seed": 5})
        first, second = (lab.ask(each, id=2, job="signal", params=SMALL) for each in (one, other))
        assert first == second


def test_workers_end_when_the_server_is_killed(start_lab, until):
    """Killed without a chance to say goodbye, the server leaves no process behind."""
    server = start_lab()
    with server.socket() as socket:
        server.ask(socket, id=1, job="signal", params=SMALL)
        left = server.workers()
        assert len(left) == 1
        server.end(signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            server.hear(socket)
    until(lambda: not any(map(is_alive, left)))


def test_interrupting_ends_it_cleanly(start_lab, until):
    """Ctrl-C with a page open: exit code 0, nothing on standard error, no process left."""
    server = start_lab()
    with server.socket() as socket:
        server.ask(socket, id=1, job="signal", params=SMALL)
        left = server.workers()
        assert server.end(signal.SIGINT) == ""
    assert server.process.returncode == 0
    until(lambda: not any(map(is_alive, left)))


def test_interrupting_while_a_process_starts_ends_it_cleanly(start_lab):
    """Ctrl-C right after the first page has come is as quiet, though torch is still loading."""
    server = start_lab()
    with server.socket() as socket:
        socket.send(json.dumps({"id": 1, "job": "signal", "params": SMALL}))
        assert server.end(signal.SIGINT) == ""
    assert server.process.returncode == 0


def test_a_dead_worker_closes_its_socket_alone(lab):
    """When a process dies, its page is told and may connect again."""
    before = lab.workers()
    with lab.socket() as socket:
        lab.ask(socket, id=1, job="signal", params=SMALL)
        (worker,) = lab.workers() - before
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(ConnectionClosed) as caught:
            lab.hear(socket)
        assert caught.value.rcvd.code == 1011
    with lab.socket() as socket:
        assert lab.ask(socket, id=1, job="signal", params=SMALL)[-1]["kind"] == "done"


def test_the_number_of_pages_is_bounded(lab):
    """One page more than the lab serves is told so and closed, and starts no process."""
    script = (
        "import asyncio, json, threading, uvicorn\n"
        "from initscope.lab.app import application\n"
        "from initscope.lab.serve import bind\n"
        "listening = bind('127.0.0.1', 0)\n"
        "print(listening.getsockname()[1], flush=True)\n"
        "app = application('127.0.0.1', 'sqlite://', most_sessions=1)\n"
        "config = uvicorn.Config(app, log_level='error', ws='websockets-sansio')\n"
        "uvicorn.Server(config).run(sockets=[listening])\n"
    )
    from websockets.sync.client import connect

    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as server:
        port = int(server.stdout.readline())
        address, origin = f"ws://127.0.0.1:{port}/socket", f"http://127.0.0.1:{port}"
        with connect(address, origin=origin), connect(address, origin=origin) as second:
            answer = lab.hear(second)
            assert "1 pages are open, which is all that this lab serves" in answer["message"]
            with pytest.raises(ConnectionClosed) as caught:
                lab.hear(second)
            assert caught.value.rcvd.code == 1013
        server.terminate()
    assert MOST_SESSIONS == 64


def test_a_port_in_use_is_one_line(lab):
    """The error names the port and what to type; the command ends with code 2."""
    port = lab.host.partition(":")[2]
    command = [sys.executable, "-m", "initscope", "lab", "--no-browser", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"initscope: error: port {port} of 127.0.0.1 is in use: choose another, such as --port "
        f"{int(port) + 1}, or any free one with --port 0\n"
    )
    with pytest.raises(InputError, match="cannot serve at 192.0.2.1"):
        bind("192.0.2.1", 0)


def test_without_its_packages_the_error_names_the_extra():
    """Where starlette is not installed the command says what to install."""
    script = (
        "import sys\n"
        "sys.modules['starlette'] = None\n"
        "sys.argv = ['initscope', 'lab', '--no-browser', '--port', '0']\n"
        "from initscope.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "initscope: error: the lab needs an optional package: pip install 'initscope[lab]'\n"
    )


def test_beyond_this_machine_it_warns(start_lab, tmp_path):
    """Bound to every address it says that there is no password."""
    command = [sys.executable, "-m", "initscope", "lab", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        [*command, "--host", "0.0.0.0"],  # noqa: S104 - that is what it warns of
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as server:
        lines = [server.stdout.readline(), server.stdout.readline()]
        server.terminate()
    assert lines[0].startswith("initscope lab: http://127.0.0.1:")
    assert lines[1].startswith("Warning: whoever reaches 0.0.0.0 can use it")


def test_the_server_never_loads_torch(tmp_path):
    """The page is served by a process that has neither torch nor NumPy."""
    script = (
        "import sys\n"
        "import initscope.lab.serve, initscope.lab.app, initscope.cli.lab\n"
        "print(sorted({'torch', 'numpy', 'scipy', 'altair'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_six_sockets_at_once_are_all_answered(lab):
    """Sessions opened together each have their answer."""

    def one(number: int) -> str:
        with lab.socket() as socket:
            return lab.ask(socket, id=number, job="signal", params=SMALL)[-1]["kind"]

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(6))) == ["done"] * 6
