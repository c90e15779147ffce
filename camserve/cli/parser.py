"""The words of the command line: which commands there are, and what each takes."""

import argparse
import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from camserve import __version__
from camserve.cli import cameras, importing, links, service, serving, status
from camserve.cli.errors import CommandError
from camserve.config import Config
from camserve.settings import Loaded, add_options, declared, kinds

Call = Callable[[Mapping[str, object], Loaded[Config]], None]

_CAMERA_ID = kinds.integer(expected="a camera id, an integer")


@dataclass(frozen=True, slots=True)
class Command:
    """What was asked for.

    name: the command's words, such as "camera add".
    call: does it, with the arguments and the server's settings.
    arguments: by name; settings are absent unless given.
    """

    name: str
    call: Call
    arguments: Mapping[str, object]


def parse(argv: Sequence[str] | None) -> Command:
    """Read the command line; None: the one of this process.

    Raises: CommandError with status 2; SystemExit after `--help` and `--version`.
    """
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    values = vars(arguments)
    prefix = f"{parser.prog} "
    name = str(values.pop("program")).removeprefix(prefix)
    call: Call = values.pop("call")
    if unknown:
        complaint = _complain(unknown[0], is_secret="url" in values)
        raise CommandError(f"{complaint} (see {prefix}{name} --help)", 2)
    return Command(name, call, values)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage in front of it."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see {self.prog} --help)", 2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="camserve",
        description="A camera server: cameras push JPEG frames, people watch them live.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"camserve {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add(commands, "run", serving.run, "serve until SIGINT or SIGTERM")
    _add(
        commands,
        "demo",
        serving.demo,
        "serve synthetic cameras, in a temporary data directory unless --data-dir is given",
    )
    unit = _add(commands, "service", service.service, "print a unit of systemd for these settings")
    unit.add_argument(
        "--socket", choices=list(service.SOCKETS), help="one of its sockets instead of the server"
    )
    doing = _add(commands, "status", status.show, "show what the running server is doing")
    doing.add_argument("--json", action="store_true", help="print JSON")
    _add(
        commands,
        "admin-link",
        links.admin_link,
        "print a link that logs an admin in, once, within ten minutes",
    )
    group = commands.add_parser("camera", help="the cameras that may push", allow_abbrev=False)
    _add_camera_commands(group.add_subparsers(title="commands", metavar="COMMAND", required=True))
    return parser


def _add_camera_commands(commands: "argparse._SubParsersAction[_Parser]") -> None:
    add = _add(commands, "add", cameras.add, "register a camera and print its token")
    add.add_argument("name", metavar="NAME", help="not used by another camera")
    add.add_argument("--id", type=_camera_id, metavar="N", help="default: the next free id")
    add.add_argument("--description", default="", metavar="TEXT", help="shown to viewers")
    add.add_argument("--movable", action="store_true", help="viewers can turn it")
    add.add_argument(
        "--allow-open-upload", action="store_true", help="/update-image needs no token"
    )
    listing = _add(commands, "list", cameras.list_all, "show the registered cameras")
    old = _add(commands, "import", importing.import_all, "take over the cameras of an old server")
    old.add_argument("url", metavar="URL", help="its database, postgresql://USER@HOST/NAME")
    old.add_argument("--movable", action="store_true", help="viewers can turn those that come")
    old.add_argument(
        "--dry-run", action="store_true", help="say what would be done, change nothing"
    )
    for one in (add, listing, old):
        one.add_argument("--json", action="store_true", help="print JSON")
    remove = _add(commands, "remove", cameras.remove, "take a camera out; its token is worthless")
    token = _add(commands, "token", cameras.token, "print a camera's token and nothing else")
    share = _add(commands, "share", links.share, "print a link that shows one camera for a while")
    share.add_argument(
        "--for",
        dest="duration",
        type=_duration,
        required=True,
        metavar="TIME",
        help=f"how long the link counts, {links.DURATION}",
    )
    for one in (remove, token, share):
        one.add_argument("id", type=_camera_id, metavar="ID", help="as camera list shows it")
    token.add_argument(
        "--rotate", action="store_true", help="make a new token and every older one worthless"
    )


def _add(
    commands: "argparse._SubParsersAction[_Parser]", word: str, call: Call, does: str
) -> _Parser:
    sentence = f"{does[0].upper()}{does[1:]}."
    parser = commands.add_parser(word, help=does, description=sentence, allow_abbrev=False)
    parser.set_defaults(call=call, program=parser.prog)
    add_options(parser, Config, "settings of the server")
    return parser


def _camera_id(text: str) -> int:
    try:
        return _CAMERA_ID.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected {_CAMERA_ID.expected}, not {text!r}") from None


def _duration(text: str) -> int:
    try:
        return links.parse_duration(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected {links.DURATION}, not {text!r}") from None


def _complain(word: str, *, is_secret: bool) -> str:
    """is_secret: words that are no options may be parts of a password, torn off by the shell"""
    if is_secret and not re.fullmatch("--[a-z-]+(=.*)?", word):
        return "unexpected argument after the URL; quote the URL if it has spaces"
    if not word.startswith("-"):
        return f"unexpected argument {word!r}"
    option = word.split("=")[0]
    known = [one.option_name for one in declared(Config) if one.option]
    near = difflib.get_close_matches(option, known, n=1)
    return f"unknown option {option}" + (f"; did you mean {near[0]}?" if near else "")
