"""Tensors of any type and layout are filled in place, with the values of a sample."""

from __future__ import annotations

import threading

import pytest
import torch
from scipy import stats

from initscope import Fans, InputError, get
from initscope.initializers import filling
from initscope.initializers.box import Box
from initscope.streams import Stream, Streams

STREAM = Stream(0, "weight")
TYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
LAYOUTS = {
    "vector": lambda dtype: torch.empty(120_000, dtype=dtype),
    "matrix": lambda dtype: torch.empty(300, 400, dtype=dtype),
    "transposed": lambda dtype: torch.empty(400, 300, dtype=dtype).T,
    "strided": lambda dtype: torch.empty(600, 800, dtype=dtype)[::2, 1::2],
    "kernel": lambda dtype: torch.empty(30, 40, 10, 10, dtype=dtype),
    "channels_last": lambda dtype: torch.empty(
        30, 40, 10, 10, dtype=dtype, memory_format=torch.channels_last
    ),
}
LAWS = {
    # With the largest x p(x) of each, which bounds how much probability rounding can move.
    "normal(0.5)": (stats.norm(0, 0.5), 0.242),
    "uniform(-0.5, 0.5)": (stats.uniform(-0.5, 1), 0.5),
    "truncated_normal(0.5)": (
        stats.truncnorm(-2, 2, scale=0.5 / stats.truncnorm(-2, 2).std()),
        0.254,
    ),
}
every_type = pytest.mark.parametrize("dtype", TYPES, ids=str)
every_law = pytest.mark.parametrize("name", LAWS)


@every_type
@every_law
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_distribution_is_the_declared_one_in_every_type_and_layout(name, dtype, layout):
    """Kolmogorov-Smirnov's distance is below its 0.001 point, plus what rounding moves.

    Rounding by a relative u moves the distribution function by at most u times the largest
    x p(x). The 0.001 point of n values is 1.95 / sqrt(n).
    """
    tensor = get(name).fill_(LAYOUTS[layout](dtype), None, STREAM)
    law, steepest = LAWS[name]
    values = tensor.double().numpy().ravel()
    distance = stats.ks_1samp(values, law.cdf).statistic
    assert distance < 1.95 / values.size**0.5 + torch.finfo(dtype).eps / 2 * steepest


@every_type
@every_law
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_filled_tensor_is_the_sample_cast_once(name, dtype, layout):
    """No value is rounded twice, wherever it stands, and the tensor itself is written."""
    tensor = LAYOUTS[layout](dtype)
    filled = get(name).fill_(tensor, None, STREAM)
    assert filled is tensor
    assert torch.equal(tensor, get(name).sample(tensor.shape, None, STREAM).to(dtype))


@every_type
@every_law
def test_moments_and_bounds_hold_after_rounding(name, dtype):
    """The mean and the deviation lie within 4.5 standard errors, and one rounding of each value.

    A value of a bounded law rounds at most to the bound's own rounding, one unit of float32 off.
    """
    initializer, count = get(name), 1_000_000
    tensor = initializer.fill_(torch.empty(count, dtype=dtype), None, STREAM)
    values, rounding = tensor.double(), torch.finfo(dtype).eps / 2
    std, kurtosis = initializer.std(None), initializer.kurtosis(None)
    assert abs(values.mean()) < std * (4.5 / count**0.5 + rounding)
    assert abs(values.std() - std) < std * (4.5 * ((kurtosis - 1) / (4 * count)) ** 0.5 + rounding)
    low, high = initializer.bounds(None)
    limits = torch.tensor([low, high]).nextafter(torch.tensor([-torch.inf, torch.inf])).to(dtype)
    assert limits[0] <= tensor.min()
    assert tensor.max() <= limits[1]


def test_a_part_is_written_straight_into_its_place():
    """A shard is filled as the part of the whole that it is, in its own type."""
    whole = get("he_normal").sample((60, 80), Fans(80, 60), STREAM)
    shard = torch.empty(20, 70, dtype=torch.bfloat16)
    index = (slice(40, 60), slice(0, 70))
    get("he_normal").fill_(shard, Fans(80, 60), STREAM, shape=(60, 80), index=index)
    assert torch.equal(shard, whole[index].bfloat16())


@pytest.mark.parametrize("name", ["he_normal", "ones", "identity", "orthogonal"])
def test_parameters_keep_their_flags_and_record_nothing(name):
    """A leaf that requires gradients is written like any other, and stays a leaf."""
    weight = torch.nn.Parameter(torch.zeros(700, 700))
    get(name).fill_(weight, Fans(700, 700), STREAM)
    assert weight.requires_grad
    assert weight.is_leaf
    assert weight.grad_fn is None
    assert torch.equal(weight.detach(), get(name).sample((700, 700), Fans(700, 700), STREAM))


@pytest.mark.parametrize("name", ["he_normal", "ones", "identity", "orthogonal", "sparse(0.5)"])
@pytest.mark.parametrize("context", [torch.inference_mode, torch.no_grad])
def test_the_callers_modes_are_respected(name, context):
    """Values are the same inside of inference, and under another default type or device."""
    expected = get(name).sample((700, 700), Fans(700, 700), STREAM)
    with context():
        assert torch.equal(get(name).sample((700, 700), Fans(700, 700), STREAM), expected)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device("meta"):
            inside = get(name).sample((700, 700), Fans(700, 700), STREAM)
    finally:
        torch.set_default_dtype(torch.float32)
    assert inside.dtype == torch.float32
    assert torch.equal(inside, expected)


def test_threads_end_with_the_call():
    """No thread is left behind, and the number of threads stays, here and in new threads."""

    def state():
        numbers = [torch.get_num_threads()]
        thread = threading.Thread(target=lambda: numbers.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        return numbers, threading.active_count()

    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        get("normal(1)").fill_(torch.empty(2_000_000), None, STREAM)
        assert state() == ([3, 3], threading.active_count())
    finally:
        torch.set_num_threads(threads)


def test_a_failure_in_a_thread_reaches_the_caller():
    """An error is raised, not lost with its thread."""

    def fail(values):
        raise ArithmeticError(f"{values.numel()} values")

    with pytest.raises(ArithmeticError, match="125000 values"):
        filling.fill_(torch.empty(1_000_000), Box.of((1_000_000,)), STREAM, fail)


def test_vectors_and_scalars_take_laws_without_fans():
    """Biases and scalars are drawn from laws that need no fans; others say what to type."""
    for name in ("zeros", "constant(2)", "normal(1)", "uniform(-1, 1)", "truncated_normal(1)"):
        assert get(name).sample((3,), None, STREAM).shape == (3,)
        assert get(name).sample((), None, STREAM).shape == ()
        assert get(name).sample((0,), None, STREAM).shape == (0,)
    assert get("normal(1)").sample((), None, Streams([1, 2], "a")).shape == (2,)
    with pytest.raises(InputError, match=r"he_normal: needs the fans.*normal\(std=0.02\)"):
        get("he_normal").sample((3,), None, STREAM)


def test_tensors_that_do_not_fit_are_refused():
    """A wrong shape, and a type that cannot hold the values."""
    with pytest.raises(InputError, match=r"has shape \(3,\), expected \(2, 3\)"):
        get("ones").fill_(torch.empty(3), None, STREAM, shape=(2, 3))
    with pytest.raises(InputError, match="share their memory: clone it first"):
        get("ones").fill_(torch.empty(3).expand(2, 3), None, STREAM)
    with pytest.raises(InputError, match=r"is torch.int64, expected a floating-point type"):
        get("ones").fill_(torch.empty(3, dtype=torch.int64), None, STREAM)
