"""Which module is running: paths from global hooks, which every call of a module passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch.nn import Module
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

Leaving = Callable[[Module, Any, Any], None]


class Places:
    """The stack of named modules that are running, and those that have run."""

    def __init__(self, model: Module) -> None:
        self.names: dict[int, str] = {}
        for name, module in model.named_modules():
            self.names.setdefault(id(module), name)
        self.seen: set[str] = set()
        self._stack: list[tuple[str, Module]] = []
        self._root = type(model).__name__

    @property
    def path(self) -> str:
        """Path of the innermost named module; empty for the model itself."""
        return self._stack[-1][0] if self._stack else ""

    @property
    def module_class(self) -> str:
        return type(self._stack[-1][1]).__name__ if self._stack else self._root

    @contextmanager
    def followed(self, leaving: Leaving) -> Iterator[None]:
        """Follow modules as they run; `leaving` is called with each that ends, while it is on top.

        Hooks that are always called see a module end also where it raises.
        """

        def enter(module: Module, _inputs: Any) -> None:
            name = self.names.get(id(module))
            if name is not None:
                self._stack.append((name, module))
                self.seen.add(name)

        # Where the module raised, torch leaves out the keywords, and the output is None.
        def leave(module: Module, inputs: Any, *rest: Any) -> None:
            if id(module) not in self.names:
                return
            if rest[-1] is not None:
                leaving(module, (inputs, *rest[:-1]), rest[-1])
            while self._stack and self._stack.pop()[1] is not module:
                pass

        handles = [register_module_forward_pre_hook(enter)]
        try:
            handles.append(register_module_forward_hook(leave, with_kwargs=True, always_call=True))
            yield
        finally:
            for handle in handles:
                handle.remove()
            self._stack.clear()

    def running(self, error: BaseException) -> str | None:
        """Return the path of the innermost module in which an error was raised."""
        found, trace = None, error.__traceback__
        while trace is not None:
            guest = trace.tb_frame.f_locals.get("self")
            found = self.names.get(id(guest), found)
            trace = trace.tb_next
        return found
