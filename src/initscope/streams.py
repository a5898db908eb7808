"""Random streams keyed by (seed, name, block).

A value depends on its seed, its parameter's name, its block and its position in the block, and on
nothing else: not on the order of calls, on other parameters, on threads, on the device, or on the
global state of torch or NumPy, which is neither read nor moved. Any part of a stream can be drawn
alone.

The generator is Philox4x64-10, a counter-based generator (Salmon et al., 2011, "Parallel random
numbers: as easy as 1, 2, 3"). Its key is a hash of (seed, name); its 256-bit counter holds the
block in the highest word and the position in the lowest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

VERSION = 1
"""Part of every key. A change of the algorithm takes a new number, since stored results name it."""

_PERSON = b"initscope.stream"
_WORDS_PER_STEP = 4  # one step of the counter gives four 64-bit words
_HALVES_PER_STEP = 8
_STEPS = 2**256  # the counter runs modulo this, so that adding can also move it back


class Source(Protocol):
    """What an initializer draws from: one stream, or a batch of streams side by side."""

    @property
    def batch(self) -> tuple[int, ...]:
        """Leading shape of every draw: ``()`` for one stream, ``(n,)`` for n streams."""

    def symmetric(self, count: int) -> NDArray[np.float32]:
        """Draw the first `count` values as an array of shape ``(*batch, count)``."""

    def reader(self) -> Reader:
        """Return what draws any section; each thread takes its own."""


class Reader(Protocol):
    """Draws sections of a source, in any order. It holds a generator: one thread may use it."""

    def symmetric_into(self, out: NDArray[np.float32], start: int) -> None:
        """Write the positions from `start` on into an array of shape ``(*batch, count)``."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The stream of random values of one parameter.

    Args:
        seed: any integer; networks that share a seed are paired.
        name: the parameter's name, for example ``"hidden.0.weight"``.
        block: an independent section of the stream, for example an epoch.

    >>> Stream(0, "hidden.0.weight").bits(0, 2).tolist()
    [1049743745, 2954930859]
    >>> whole = Stream(0, "hidden.0.weight").bits(0, 100)
    >>> bool((Stream(0, "hidden.0.weight").bits(37, 60) == whole[37:60]).all())
    True
    """

    seed: int
    name: str
    block: int = 0

    @property
    def batch(self) -> tuple[int, ...]:
        return ()

    def bits(self, start: int, stop: int) -> NDArray[np.uint32]:
        """Return positions `start` to `stop` of the stream as 32-bit integers."""
        return _StreamReader(self).bits(start, stop)

    def symmetric(self, count: int) -> NDArray[np.float32]:
        """Draw values uniform on (-1, 1): odd multiples of 2^-24, exact in float32.

        The ends are never reached and the grid is symmetric about zero, so that any quantile
        function gives finite values without bias.
        """
        return _first(self, count)

    def reader(self) -> Reader:
        return _StreamReader(self)

    def permutations(self, number: int, count: int) -> NDArray[np.int64]:
        """Return random orders of ``range(count)``, one a row: the order that sorts random keys.

        Row k uses positions ``k * count`` onwards. Equal keys are ordered by their index, which
        makes the result the same with any sorting algorithm.
        """
        keys = self.bits(0, number * count).reshape(number, count).astype(np.uint64)
        keys = (keys << np.uint64(32)) | np.arange(count, dtype=np.uint64)
        keys.sort(axis=1)
        return (keys & np.uint64(2**32 - 1)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams of one parameter in several networks, one seed each."""

    seeds: Sequence[int]
    name: str
    block: int = 0

    @property
    def batch(self) -> tuple[int, ...]:
        return (len(self.seeds),)

    def symmetric(self, count: int) -> NDArray[np.float32]:
        """Draw an array of shape (len(seeds), count); row i is what seed i's own stream gives."""
        return _first(self, count)

    def reader(self) -> Reader:
        return _StreamsReader(self)


class _StreamReader:
    """One generator that is moved along a stream: moving costs a fifth of starting another."""

    def __init__(self, stream: Stream) -> None:
        self._word = 0  # of the stream, which the generator would give next
        counter = np.array([0, 0, 0, stream.block], dtype=np.uint64)
        self._generator = np.random.Philox(key=_key(stream.seed, stream.name), counter=counter)

    def bits(self, start: int, stop: int) -> NDArray[np.uint32]:
        step, skip = divmod(start, _HALVES_PER_STEP)
        words = (skip + stop - start + 1) // 2
        if self._word != step * _WORDS_PER_STEP:
            # Advancing also drops what is left of the step that the generator is in.
            reached = -(-self._word // _WORDS_PER_STEP)
            self._generator.advance((step - reached) % _STEPS)
        self._word = step * _WORDS_PER_STEP + words
        drawn = self._generator.random_raw(words)
        return drawn.astype("<u8", copy=False).view("<u4")[skip : skip + stop - start]

    def symmetric_into(self, out: NDArray[np.float32], start: int) -> None:
        _symmetric(self.bits(start, start + out.shape[-1]), out)


class _StreamsReader:
    """The readers of several streams, side by side."""

    def __init__(self, streams: Streams) -> None:
        members = [Stream(seed, streams.name, streams.block) for seed in streams.seeds]
        self._readers = [_StreamReader(member) for member in members]

    def symmetric_into(self, out: NDArray[np.float32], start: int) -> None:
        bits = np.empty(out.shape, dtype=np.uint32)
        for row, reader in zip(bits, self._readers, strict=True):
            row[:] = reader.bits(start, start + out.shape[-1])
        _symmetric(bits, out)


def _first(source: Source, count: int) -> NDArray[np.float32]:
    values = np.empty((*source.batch, count), dtype=np.float32)
    source.reader().symmetric_into(values, 0)
    return values


def _key(seed: int, name: str) -> NDArray[np.uint64]:
    text = f"{VERSION}\0{seed}\0{name}".encode()
    digest = hashlib.blake2b(text, digest_size=16, person=_PERSON).digest()
    return np.frombuffer(digest, dtype="<u8").astype(np.uint64)


def _symmetric(bits: NDArray[np.uint32], out: NDArray[np.float32]) -> None:
    """Turn bits, which are overwritten, into odd multiples of 2^-24."""
    # The upper 24 bits k of each draw become (2k + 1 - 2^24) / 2^24. Its numerator is odd and
    # below 2^24 in magnitude, so that k, its multiple and the sum are all exact in float32.
    bits >>= np.uint32(8)
    out[...] = bits.view(np.int32)  # several times faster than from unsigned integers
    out *= np.float32(2.0**-23)
    out += np.float32(2.0**-24 - 1)
