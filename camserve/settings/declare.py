"""Declaring settings, and making command line options of them."""

import argparse
import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast, overload

from .kinds import Kind

T = TypeVar("T")
D = TypeVar("D")

_METADATA = "camserve.settings"


@dataclass(frozen=True, slots=True)
class Declared:
    """One setting as its dataclass declares it. The arguments of `setting` say what is what."""

    name: str
    kind: Kind[object]
    required: bool
    default_text: str
    help: str
    secret: bool
    option: bool
    in_file: bool
    keys: tuple[str, ...]
    variables: tuple[str, ...]

    @property
    def option_name(self) -> str:
        """As on the command line: `--words-with-dashes`."""
        return "--" + self.name.replace("_", "-")


@overload
def setting(
    kind: Kind[T],
    *,
    help: str,
    secret: bool = False,
    option: bool = True,
    in_file: bool = True,
    keys: tuple[str, ...] = (),
    variables: tuple[str, ...] = (),
) -> T: ...
@overload
def setting(
    kind: Kind[T],
    default: D,
    *,
    help: str,
    default_text: str | None = None,
    secret: bool = False,
    option: bool = True,
    in_file: bool = True,
    keys: tuple[str, ...] = (),
    variables: tuple[str, ...] = (),
) -> T | D: ...
@overload
def setting(
    kind: Kind[T],
    *,
    default_factory: Callable[[], T],
    help: str,
    default_text: str,
    secret: bool = False,
    option: bool = True,
    in_file: bool = True,
    keys: tuple[str, ...] = (),
    variables: tuple[str, ...] = (),
) -> T: ...
def setting(
    kind: Kind[T],
    default: object = dataclasses.MISSING,
    *,
    default_factory: Callable[[], T] | None = None,
    help: str,
    default_text: str | None = None,
    secret: bool = False,
    option: bool = True,
    in_file: bool = True,
    keys: tuple[str, ...] = (),
    variables: tuple[str, ...] = (),
) -> object:
    """Declare a field of a settings dataclass.

    kind: what values it takes.
    default, default_factory: the value when no one gives one; without either it is required.
    help: one line, without the default.
    default_text: the default in words, when its value says little.
    secret: never show the value in a message or in the repr of the settings.
    option, in_file: whether it is an option of the command line, and a key of the settings file.
    keys, variables: further names in the settings file, and in the environment.
    """
    if default_text is None:
        default_text = "" if default in (None, dataclasses.MISSING) else _shown(default)
    metadata = {
        _METADATA: Declared(
            name="",
            kind=cast(Kind[object], kind),
            required=default is dataclasses.MISSING and default_factory is None,
            default_text=default_text,
            help=help,
            secret=secret,
            option=option,
            in_file=in_file,
            keys=keys,
            variables=variables,
        )
    }
    if default_factory is not None:
        return dataclasses.field(
            default_factory=default_factory, metadata=metadata, repr=not secret
        )
    # Required settings may follow those with a default, so all of them go by keyword.
    keyword_only = default is dataclasses.MISSING
    return dataclasses.field(
        default=default, metadata=metadata, repr=not secret, kw_only=keyword_only
    )


def declared(cls: type[object]) -> tuple[Declared, ...]:
    """The settings of a dataclass, in the order of its fields; other fields are left out."""
    if not dataclasses.is_dataclass(cls):
        raise TypeError(f"{cls!r} is not a dataclass")
    return tuple(
        dataclasses.replace(field.metadata[_METADATA], name=field.name)
        for field in dataclasses.fields(cls)
        if _METADATA in field.metadata
    )


def add_options(
    parser: argparse.ArgumentParser, cls: type[object], title: str = "settings"
) -> None:
    """Give a parser an option for each setting, under a heading of their own.

    The options keep their text as it is and are absent from the namespace unless given: `load`
    does the reading, so that a bad value sounds the same wherever it comes from.
    """
    group = parser.add_argument_group(title)
    for one in declared(cls):
        if not one.option:
            continue
        note = f" (default: {one.default_text})" if one.default_text else ""
        help_text = (one.help + note).replace("%", "%%")
        if one.kind.flag:
            group.add_argument(
                one.option_name,
                dest=one.name,
                action=argparse.BooleanOptionalAction,
                default=argparse.SUPPRESS,
                help=help_text,
            )
        else:
            group.add_argument(
                one.option_name,
                dest=one.name,
                default=argparse.SUPPRESS,
                metavar=one.kind.metavar,
                help=help_text,
            )


def camel_case(name: str) -> str:
    """The name of a field as a JSON key: `camera_id` becomes `cameraId`."""
    return re.sub(r"_(.)", lambda match: match[1].upper(), name)


def _shown(default: object) -> str:
    if isinstance(default, bool):
        return "true" if default else "false"
    return f"{default:g}" if isinstance(default, float) else str(default)
