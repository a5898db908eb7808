"""Engines run every job once. The contract, for each of them."""

from __future__ import annotations

import os

import pytest

from initscope.engines import Engine, InProcess, Pool, cpu_count


@pytest.fixture(params=[InProcess(), Pool(2)], ids=["in-process", "pool"])
def engine(request) -> Engine:
    return request.param


def test_every_job_runs_once(engine):
    """Results come in any order, one for each job."""
    assert sorted(engine.map(abs, range(-50, 0))) == list(range(1, 51))
    assert list(engine.map(abs, [])) == []


def test_jobs_are_taken_as_they_are_needed(engine):
    """A generator of jobs is not read far ahead of the results."""
    taken: list[int] = []

    def jobs():
        for number in range(1000):
            taken.append(number)
            yield number

    results = engine.map(abs, jobs())
    next(results)
    assert len(taken) < 20
    del results


def test_a_jobs_error_is_the_callers_error(engine):
    """An exception in a worker arrives with its type and message, and the engine lives on."""
    with pytest.raises(ZeroDivisionError):
        list(engine.map((1).__truediv__, [1, 0]))
    assert list(engine.map(abs, [-1])) == [1]


def test_the_pool_uses_other_processes_and_keeps_them():
    """Workers are not this process, and the next call finds them warm."""
    ask = "__import__('time').sleep(0.05) or __import__('os').getpid()"
    first = set(Pool(2).map(eval, [ask] * 8))
    assert os.getpid() not in first
    assert len(first) == 2
    assert set(Pool(2).map(eval, [ask] * 8)) == first


def test_there_is_at_least_one_core():
    """The number of cores is one that a pool can use."""
    assert 1 <= cpu_count() <= (os.cpu_count() or 1)
