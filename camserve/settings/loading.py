"""Putting the settings together from the command line, the environment and the file."""

import difflib
import reprlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from .declare import Declared, declared
from .errors import SettingsError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Loaded(Generic[T]):
    """Settings, and what is to be said about them.

    given: for each setting that did not keep its default, where it came from ("option --port").
    warnings: one line each, for the log.
    """

    settings: T
    given: Mapping[str, str]
    warnings: tuple[str, ...]


def load(
    cls: type[T],
    *,
    prefix: str,
    arguments: Mapping[str, object],
    environ: Mapping[str, str],
    file: Mapping[str, object] | None = None,
    file_name: str = "the settings file",
    key: Callable[[str], str] = str,
) -> Loaded[T]:
    """Make an instance of a settings dataclass.

    prefix: of the environment variables, with its underscore. An empty variable counts as unset:
        service managers and containers pass those on for what no one filled in.
    arguments: the parsed command line; settings that were not given are absent.
    file: the content of the settings file; null stands for unset.
    key: makes the file's key of a field's name.

    Raises: SettingsError for an unknown key in the file, a bad value, a setting given twice in the
        file, a required one that is missing, and what the class itself raises.
    """
    settings = declared(cls)
    file = file or {}
    _refuse_unknown_keys(settings, file, file_name, key)
    values: dict[str, object] = {}
    given: dict[str, str] = {}
    for one in settings:
        places = _places(one, prefix, arguments, environ, file, file_name, key)
        where, value = next(places, ("", None))
        if where:
            values[one.name] = _parse(one, where, value)
            given[one.name] = where
        elif one.required:
            raise SettingsError(f"missing: {_ways(one, prefix, key)}")
    return Loaded(cls(**values), given, tuple(_unknown_variables(settings, prefix, environ)))


def _places(
    one: Declared,
    prefix: str,
    arguments: Mapping[str, object],
    environ: Mapping[str, str],
    file: Mapping[str, object],
    file_name: str,
    key: Callable[[str], str],
) -> Iterator[tuple[str, object]]:
    """Where a value was given, and the value, the most important place first."""
    if one.option and arguments.get(one.name) is not None:
        yield f"option {one.option_name}", arguments[one.name]
    for variable in _variables(one, prefix):
        if environ.get(variable):
            yield f"variable {variable}", environ[variable]
    present = [name for name in _keys(one, key) if file.get(name) is not None]
    if len(present) > 1:
        raise SettingsError(f"{file_name}: {' and '.join(present)} mean the same; give only one")
    for name in present:
        yield f"key {name} in {file_name}", file[name]


def _parse(one: Declared, where: str, value: object) -> object:
    try:
        return one.kind.parse(value)
    except ValueError as error:
        got = "" if one.secret else f", not {reprlib.repr(value)}"
        if not one.secret:  # what the kind has to say about just this value
            got += "".join(f"; {note}" for note in getattr(error, "__notes__", []))
        # Not chained: the value would show up in a traceback.
        raise SettingsError(f"{where}: expected {one.kind.expected}{got}") from None


def _keys(one: Declared, key: Callable[[str], str]) -> tuple[str, ...]:
    return (key(one.name), *one.keys) if one.in_file else ()


def _variables(one: Declared, prefix: str) -> tuple[str, ...]:
    return (prefix + one.name.upper(), *one.variables)


def _refuse_unknown_keys(
    settings: Iterable[Declared],
    file: Mapping[str, object],
    file_name: str,
    key: Callable[[str], str],
) -> None:
    known = [name for one in settings for name in _keys(one, key)]
    for name in file:
        if name not in known:
            raise SettingsError(f"{file_name}: unknown key {name!r}{_nearest(name, known)}")


def _unknown_variables(
    settings: Iterable[Declared], prefix: str, environ: Mapping[str, str]
) -> Iterator[str]:
    known = [variable for one in settings for variable in _variables(one, prefix)]
    for name in sorted(environ):
        if name.startswith(prefix) and name not in known:
            yield f"unknown variable {name}{_nearest(name, known)}"


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _ways(one: Declared, prefix: str, key: Callable[[str], str]) -> str:
    """How a setting can be given, for someone who did not."""
    ways = [one.option_name] if one.option else []
    ways.append(f"the variable {prefix}{one.name.upper()}")
    ways += [f"the key {name}" for name in _keys(one, key)[-1:]]
    words = one.name.replace("_", " ")
    return f"the {words}: give {' or '.join(ways)}"
