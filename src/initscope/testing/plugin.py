"""The pytest plugin: the fixture ``initscope_check``. Nothing is imported until it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def initscope_check(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """``initscope_check(model, *batch)``: fail where a model has a defect at initialization.

    It takes what `initscope.testing.assert_trainable` takes, and follows the ``[tool.initscope]``
    nearest to pytest's root folder.
    """
    from initscope.checking.config import find
    from initscope.testing.trainable import assert_trainable

    found = find(request.config.rootpath)

    def checked(model: Any, /, *batch: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        return assert_trainable(model, *batch, **{"config": found, **options})

    return checked
