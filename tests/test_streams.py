"""Streams depend on (seed, name, block, position) and on nothing else."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from initscope.streams import Stream, Streams

GOLDEN = {
    (0, "hidden.0.weight", 0): [1049743745, 2954930859, 431200940, 1998934756],
    (1, "hidden.0.weight", 0): [2339676736, 3891613865, 3220033864, 1069766294],
    (0, "hidden.1.weight", 0): [3428865669, 2605891918, 113621884, 4005667443],
    (0, "hidden.0.weight", 1): [1278750681, 733750750, 3703353609, 2682149538],
    (2**63 - 1, "é", 7): [3265922899, 2360393893, 348229490, 3759591771],
}


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x64-10 in plain integers, after Salmon et al. (2011), section 3.3."""
    mask = 2**64 - 1
    a, b, c, d = counter
    k0, k1 = key
    for _ in range(10):
        left, right = 0xD2E7470EE14C6C93 * a, 0xCA5A826395121157 * c
        a, b, c, d = (right >> 64) ^ b ^ k0, right & mask, (left >> 64) ^ d ^ k1, left & mask
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & mask, (k1 + 0xBB67AE8584CAA73B) & mask
    return [a, b, c, d]


@pytest.mark.parametrize(("key", "expected"), GOLDEN.items())
def test_golden_vectors(key, expected):
    """The first bits of a stream are the same for ever, on every machine."""
    assert Stream(*key).bits(0, len(expected)).tolist() == expected


@pytest.mark.parametrize("key", GOLDEN)
def test_plain_philox_gives_the_same_bits(key):
    """The bits are those of Philox4x64-10 with the documented key and counter."""
    seed, name, block = key
    text = f"1\0{seed}\0{name}".encode()
    digest = hashlib.blake2b(text, digest_size=16, person=b"initscope.stream").digest()
    words = np.frombuffer(digest, dtype="<u8").tolist()
    expected = []
    for step in range(1, 4):  # NumPy advances the counter before it draws
        expected += philox([step, 0, 0, block], words)
    halves = np.array(expected, dtype="<u8").view("<u4")
    assert Stream(seed, name, block).bits(0, 24).tolist() == halves.tolist()


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_part_equals_the_part_of_the_whole(start, length):
    """Any section can be drawn alone."""
    stream = Stream(3, "weight")
    whole = stream.bits(0, 400)
    assert (stream.bits(start, start + length) == whole[start : start + length]).all()


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(0, 50)), max_size=6))
def test_a_reader_draws_sections_in_any_order(sections):
    """What a reader drew before does not matter, forwards or back, for one stream or several."""
    stream, streams = Stream(3, "weight", 5), Streams([3, 8], "weight", 5)
    reader, batch = stream.reader(), streams.reader()
    for start, length in sections:
        values, rows = np.empty(length, np.float32), np.empty((2, length), np.float32)
        reader.symmetric_into(values, start)
        batch.symmetric_into(rows, start)
        odd = (stream.bits(start, start + length) >> 8).astype(np.float64) * 2 + 1 - 2**24
        assert (values == odd / 2**24).all()
        assert (rows[0] == values).all()


def test_a_long_draw_begins_with_a_short_one():
    """Making a parameter longer does not change the values that it had."""
    stream = Stream(0, "weight")
    assert (stream.symmetric(100_000)[:10] == stream.symmetric(10)).all()


def test_seeds_names_and_blocks_are_independent():
    """Streams that differ in one of the three are uncorrelated."""
    count = 20_000
    base = Stream(0, "a").symmetric(count)
    for other in (Stream(1, "a"), Stream(0, "b"), Stream(0, "a", 1), Stream(10, "a")):
        correlation = np.corrcoef(base, other.symmetric(count))[0, 1]
        assert abs(correlation) < 4 / np.sqrt(count)  # four standard errors under independence


def test_a_batch_is_its_streams_side_by_side():
    """Row i of a batch is what seed i draws alone."""
    batch = Streams([5, 3, 9], "weight", 2).symmetric(33)
    for row, seed in zip(batch, [5, 3, 9], strict=True):
        assert (row == Stream(seed, "weight", 2).symmetric(33)).all()


def test_symmetric_values_are_odd_multiples_of_two_to_the_minus_24():
    """Every value is exact in float32, inside (-1, 1), and never zero."""
    values = Stream(0, "weight").symmetric(100_000).astype(np.float64) * 2**24
    assert (values == np.round(values)).all()
    assert (np.abs(values) % 2 == 1).all()
    assert np.abs(values).max() < 2**24


def test_symmetric_values_are_uniform():
    """A Kolmogorov-Smirnov test finds no deviation at the level 0.001 (fixed seed)."""
    values = Stream(0, "weight").symmetric(200_000)
    assert stats.kstest(values, stats.uniform(-1, 2).cdf).pvalue > 0.001


def test_permutations_are_permutations_and_all_positions_are_equally_likely():
    """Each example is met once an epoch; its place is uniform (chi-square at 0.001)."""
    orders = Stream(0, "data.order").permutations(4000, 8)
    assert (np.sort(orders, axis=1) == np.arange(8)).all()
    table = np.array([np.bincount(column, minlength=8) for column in orders.T])
    assert stats.chisquare(table.ravel()).pvalue > 0.001


def test_permutations_are_the_stable_order_of_the_bits():
    """Row k is what a stable argsort of its own stretch of the stream gives."""
    stream = Stream(4, "data.order", 1)
    orders = stream.permutations(3, 500)
    bits = stream.bits(0, 1500).reshape(3, 500)
    assert (orders == np.argsort(bits, axis=1, kind="stable")).all()


def test_global_random_state_is_neither_read_nor_moved():
    """Drawing leaves torch's and NumPy's global generators alone and ignores them."""
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002 - the global state is what is tested
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    first = Stream(0, "weight").symmetric(10)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (np.random.get_state()[1] == before[1]).all()  # noqa: NPY002
    torch.manual_seed(2)
    np.random.seed(2)  # noqa: NPY002
    assert (Stream(0, "weight").symmetric(10) == first).all()
