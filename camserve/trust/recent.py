"""A set that forgets."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class Recent(Generic[T]):
    """Remembers the last `most` things that were added or asked for."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._things: OrderedDict[T, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._things)

    def __contains__(self, thing: T) -> bool:
        if thing not in self._things:
            return False
        self._things.move_to_end(thing)
        return True

    def add(self, thing: T) -> None:
        self._things[thing] = None
        self._things.move_to_end(thing)
        if len(self._things) > self._most:
            self._things.popitem(last=False)

    def clear(self) -> None:
        self._things.clear()
