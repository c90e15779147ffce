"""Saying settings again, so that another process has the same."""

from collections.abc import Iterator
from typing import TypeVar

from .declare import Declared, declared
from .loading import Loaded

T = TypeVar("T")


def given_outside_file(cls: type[T], loaded: Loaded[T]) -> Iterator[tuple[Declared, object]]:
    """The settings that were given by option or variable, and their values.

    The others have their default, or the settings file says them.
    """
    for one in declared(cls):
        if not loaded.given.get(one.name, "key ").startswith("key "):
            yield one, getattr(loaded.settings, one.name)


def as_option(one: Declared, value: object) -> tuple[str, ...]:
    """The words of a command line that say this setting."""
    if one.kind.flag:
        return (one.option_name if value else one.option_name.replace("--", "--no-", 1),)
    return (one.option_name, as_text(value))


def as_text(value: object) -> str:
    """A value as an option and a variable take it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)
