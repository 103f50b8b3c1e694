"""Arrays that begin at a cache line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lrviz.foundation.aligned import copied, empty, scratch


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 7), (3, 2, 5)])
def test_arrays_begin_at_a_cache_line(shape: tuple[int, ...]) -> None:
    for _ in range(8):
        array = empty(shape)
        assert array.shape == shape
        assert array.dtype == np.float64
        assert array.__array_interface__["data"][0] % 64 == 0
    values = np.random.default_rng(0).normal(size=shape)
    assert copied(values).tobytes() == values.tobytes()


def test_scratch_is_reused_within_a_thread_and_never_shared() -> None:
    like = np.empty((2, 100))
    mine = scratch(like)
    assert scratch(like) is mine
    with ThreadPoolExecutor(1) as other:
        assert not np.shares_memory(mine, other.submit(scratch, like).result())
    # What a thread keeps is bounded, in number and in size.
    for count in range(1, 20):
        scratch(np.empty(count))
    assert scratch(like) is not mine
    large = np.empty((2, 10**5))
    assert scratch(large) is not scratch(large)
