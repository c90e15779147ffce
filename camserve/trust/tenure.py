"""For how long somebody may go on: until what it rests on is withdrawn, or the time is over."""

from collections.abc import Callable
from types import TracebackType

import trio


class Tenures:
    """The running requests and WebSockets, by what the role of their sender rests on."""

    def __init__(self) -> None:
        self._scopes: dict[str, set[trio.CancelScope]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._scopes.values()))

    def withdraw_unless(self, stands: Callable[[str], bool]) -> None:
        """Cancel all whose basis does not stand any more."""
        for basis, scopes in self._scopes.items():
            if not stands(basis):
                for scope in scopes:
                    scope.cancel()

    def enter(self, basis: str, scope: trio.CancelScope) -> None:
        self._scopes.setdefault(basis, set()).add(scope)

    def leave(self, basis: str, scope: trio.CancelScope) -> None:
        same = self._scopes[basis]
        same.remove(scope)
        if not same:
            del self._scopes[basis]


class Tenure:
    """A block that is cancelled when its basis is withdrawn, at the latest after `seconds`.

    is_over: whether it is, before it has begun
    """

    def __init__(
        self, tenures: Tenures, basis: str, *, seconds: float, is_over: Callable[[], bool]
    ) -> None:
        self._tenures = tenures
        self._basis = basis
        self._seconds = seconds
        self._is_over = is_over
        self._scope = trio.CancelScope()

    def __enter__(self) -> trio.CancelScope:
        self._scope.deadline = trio.current_time() + self._seconds
        self._scope.__enter__()
        self._tenures.enter(self._basis, self._scope)
        if self._is_over():
            self._scope.cancel()
        return self._scope

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._tenures.leave(self._basis, self._scope)
        return self._scope.__exit__(kind, error, traceback)
