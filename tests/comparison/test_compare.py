"""A comparison trains what is missing, once, and gives the same numbers however it is run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

import initscope
from initscope import InputError, Training
from initscope.comparison import Experiment, Setting
from initscope.comparison.chunks import missing_chunks
from initscope.comparison.presets import PRESETS
from initscope.store import Store
from initscope.training import MLP, TASKS, Data, Initialization, Member


def test_experiment_one_shows_what_tutorials_claim():
    """On iris, zeros never train and every random initializer does, over ten seeds."""
    result = initscope.compare("iris", seeds=10)
    cells = {cell.initializer: cell for cell in result.cells}
    assert list(cells) == ["zeros", "random_uniform", "glorot_uniform", "he_uniform"]
    assert (cells["zeros"].trained, cells["zeros"].stuck) == (0, 10)
    assert cells["zeros"].over == "stuck"
    assert cells["zeros"].final_loss == pytest.approx(np.log(3), abs=0.01)
    for name in ("glorot_uniform", "he_uniform"):
        assert cells[name].stuck == cells[name].diverged == 0
        assert cells[name].test_accuracy.mean > 0.7
    assert all(cell.head == "glorot_uniform" for cell in result.cells)


def test_experiment_two_keeps_zeros_at_ln_2():
    """On the synthetic task with zeros everywhere the loss stays at ln 2."""
    result = initscope.compare("synthetic", seeds=3)
    assert [cell.initializer for cell in result.cells] == [
        "zeros",
        "random_normal",
        "glorot_normal",
        "he_normal",
    ]
    assert [cell.head for cell in result.cells] == [cell.initializer for cell in result.cells]
    assert result.cells[0].final_loss == pytest.approx(np.log(2), abs=1e-3)


def test_every_task_has_a_preset():
    """Every task can be compared without naming initializers."""
    assert set(PRESETS) == set(TASKS)


def test_networks_of_one_seed_are_paired_whatever_they_are_compared_with():
    """Adding initializers or seeds does not change what the others give."""
    few = initscope.compare("iris", ["he_uniform"], seeds=[3])
    many = initscope.compare("iris", ["zeros", "he_uniform"], seeds=5)
    alone = few.records[0]
    beside = next(r for r in many.records if r.cell == alone.cell and r.seed == 3)
    np.testing.assert_allclose(beside.test_loss, alone.test_loss, rtol=1e-4)


def test_the_pool_gives_what_one_process_gives():
    """Results do not depend on the number of workers, to the bit."""
    one = initscope.compare("iris", seeds=20, workers=1)
    two = initscope.compare("iris", seeds=20, workers=2)
    assert list(one.records) == list(two.records)
    assert two.throughput.networks == 80


def test_the_same_comparison_again_trains_nothing(tmp_path):
    """Everything is answered from the store, equal to the first time."""
    url = f"sqlite:///{tmp_path}/r.db"
    first = initscope.compare("iris", seeds=5, storage=url)
    again = initscope.compare("iris", seeds=5, storage=url)
    assert (first.throughput.networks, again.throughput.networks) == (20, 0)
    assert again.throughput.seconds == 0
    assert first.cells == again.cells


def test_more_seeds_and_initializers_train_only_the_new(tmp_path):
    """A store grows by what was not there."""
    url = f"sqlite:///{tmp_path}/r.db"
    initscope.compare("iris", ["zeros"], seeds=5, storage=url)
    assert initscope.compare("iris", ["zeros"], seeds=8, storage=url).throughput.networks == 3
    wider = initscope.compare("iris", ["zeros", "ones"], seeds=8, storage=url)
    assert wider.throughput.networks == 8
    assert initscope.compare("iris", ["ones"], seeds=2, storage=url).throughput.networks == 0


def test_progress_counts_to_the_number_of_networks():
    """The caller hears of every chunk, in rising order, up to the total."""
    heard: list[tuple[int, int]] = []
    initscope.compare("iris", seeds=25, progress=lambda done, total: heard.append((done, total)))
    assert [total for _, total in heard] == [100] * len(heard)
    assert [done for done, _ in heard] == sorted({done for done, _ in heard})
    assert heard[-1][0] == 100


SLOW = [
    "compare",
    "digits",
    "--init",
    "he_normal,zeros",
    "--seeds",
    "40",
    "--no-report",
    "--workers",
    "2",
    "--format",
    "json",
]


def start(*arguments: str, folder) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "INITSCOPE_STORAGE": f"sqlite:///{folder}/r.db"}
    return subprocess.Popen(
        # A suite that runs in the background was told to ignore Ctrl-C; the command shall hear it.
        ["env", "--default-signal=INT", sys.executable, "-m", "initscope", *arguments],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def stored(folder) -> int:
    try:
        with Store(f"sqlite:///{folder}/r.db", create=False) as store:
            return sum(sum(found.counts.values()) for found in store.experiments())
    except initscope.StorageError:
        return 0


def wait_until_some_are_stored(folder, process) -> None:
    while not stored(folder):
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """Every process of the session that the command leads, but itself."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "-s", str(pid)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in found.stdout.split() if int(word) != pid]


def test_after_kill_9_only_the_missing_is_trained_and_the_end_is_the_same(tmp_path):
    """A run killed in the middle is continued by the same command, bit for bit; none stays."""
    killed = tmp_path / "killed"
    whole = tmp_path / "whole"
    killed.mkdir()
    whole.mkdir()
    process = start(*SLOW, folder=killed)
    wait_until_some_are_stored(killed, process)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    survived = stored(killed)
    assert 0 < survived < 80
    while children(process.pid):  # who outlives its parent stays until the suite's own timeout
        time.sleep(0.2)

    output, errors = start(*SLOW, folder=killed).communicate(timeout=240)
    continued = json.loads(output)
    assert continued["throughput"]["networks"] == 80 - survived, errors.decode()
    uninterrupted = json.loads(start(*SLOW, folder=whole).communicate(timeout=240)[0])
    assert uninterrupted["throughput"]["networks"] == 80
    assert continued["cells"] == uninterrupted["cells"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_keeps_what_is_finished(tmp_path, workers):
    """An interruption ends with 130 and one line; what was finished is stored."""
    process = start(*SLOW[:-3], workers, *SLOW[-2:], folder=tmp_path)
    wait_until_some_are_stored(tmp_path, process)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=240)
    assert process.returncode == 130, errors.decode()
    assert output == b""
    kept = stored(tmp_path)
    assert 0 < kept < 80
    lines = errors.decode().strip().splitlines()
    assert lines == [
        f"initscope: interrupted: {kept} of 80 networks are stored; the same command continues"
    ]


def test_a_script_without_a_main_guard_can_use_the_pool(tmp_path):
    """Workers do not import the caller's script."""
    script = tmp_path / "script.py"
    script.write_text(
        "import initscope\n"
        "result = initscope.compare('iris', ['zeros'], seeds=80, workers=2)\n"
        "print('networks', result.throughput.networks)\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.stdout == "networks 80\n", done.stderr


def test_chunks_follow_from_the_experiment_and_not_from_what_is_stored():
    """What is stored is left out of its chunk; other chunks are as they would have been."""
    cells = tuple(Initialization.parse(name) for name in ("zeros", "ones"))
    experiment = Experiment(Setting(Data("iris"), MLP(), Training()), cells, tuple(range(100)))
    every = missing_chunks([experiment], {})
    rest = missing_chunks(
        [experiment], {experiment.setting.id: {"zeros": {0}, "ones": set(range(100))}}
    )
    assert [m for chunk in every for m in chunk][:4] == [
        Member(cells[0], 0),
        Member(cells[1], 0),
        Member(cells[0], 1),
        Member(cells[1], 1),
    ]
    assert rest == [
        tuple(m for m in chunk if m.initialization == cells[0] and m.seed > 0) for chunk in every
    ]


def test_diverged_networks_count_as_failures_and_not_in_means():
    """Weights of 1e18 overflow: failure rate one, no accuracy, and the majority's score."""
    result = initscope.compare("iris", ["normal(1e18)", "he_normal"], seeds=6)
    bad, good = result.cells
    assert (bad.trained, bad.diverged, bad.failure_rate.rate) == (0, 6, 1.0)
    assert bad.test_accuracy is bad.final_loss is bad.over is None
    assert result.best is good
    expected = result.baseline - good.test_accuracy.mean
    if good.trained == 6:
        assert bad.difference.mean == pytest.approx(expected)
    json.dumps(result.to_dict(), allow_nan=False)


def test_the_callers_random_state_and_threads_are_as_they_were():
    """A comparison leaves the process as it found it."""
    torch.manual_seed(0)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    initscope.compare("iris", ["he_normal"], seeds=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seeds": 0}, "seeds 0: expected a number of networks above 0"),
        ({"workers": 0}, "workers 0: expected at least 1"),
        ({"threshold": 0}, "threshold 0 is not an accuracy"),
        ({"initializers": []}, "no initializer to compare"),
        ({"initializers": ["he_nomal"]}, "did you mean 'he_normal'"),
        ({"head": "x"}, "unknown initializer 'x'"),
    ],
)
def test_bad_arguments_are_one_line_and_touch_nothing(tmp_path, arguments, message):
    """A mistake is said before a store is made."""
    with pytest.raises(InputError, match=message):
        initscope.compare("iris", **{"storage": f"sqlite:///{tmp_path}/r.db", **arguments})
    assert list(tmp_path.iterdir()) == []
