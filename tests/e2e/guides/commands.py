"""The commands of our two programs in a shell snippet, read by the programs' own parsers."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from camclient import cli
from camclient.config import load_config as load_camclient
from camserve.cli.parser import parse
from camserve.config import load_config as load_camserve

PROGRAMS = {"camserve", "camclient"}
OPERATORS = re.compile(r"[|&;<>()]+")
SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
ASSIGNMENT = re.compile(r"\w+=")
#: Options whose files are not on this computer.
FILES = {"config", "token_file"}
#: What stands where the reader's own words belong: such a line shows a form, not a command.
FORM = re.compile(r"\[OPTIONS\]|COMMAND|\.\.\.|(?<= )…(?= |$)")


def commands(text: str) -> list[list[str]]:
    """What our programs are called with; the program's name is the first word."""
    found = []
    for line in text.replace("\\\n", " ").splitlines():
        if not any(program in line for program in PROGRAMS) or FORM.search(line):
            continue
        for words in _split(line):
            name = Path(words[0]).name
            says_version = words[1:] and words[1][0].isdigit()  # output, as of `camserve status`
            if name in PROGRAMS and not says_version:
                found.append([name, *words[1:]])
    return found


def _split(line: str) -> Iterator[list[str]]:
    """The simple commands of a line of shell, those in `$(…)` too, without what is before them."""
    for inner in SUBSTITUTION.findall(line):
        yield from _split(inner)
    line = re.sub(r"(?<=\s)[12](?=>)", "", line)  # as in 2>/dev/null
    lexer = shlex.shlex(SUBSTITUTION.sub("1", line), posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    words = list[str]()
    is_file = False  # of a redirection
    for token in [*lexer, ";"]:
        if is_file:
            is_file = False
        elif not OPERATORS.fullmatch(token):
            words.append(token)
        elif set(token) & set("<>"):
            is_file = True
        else:
            words = _without_prefix(words)
            if words:
                yield words
            words = []


def _without_prefix(words: list[str]) -> list[str]:
    """Without `sudo`, variables and the prompt in front."""
    while words and (words[0] in {"$", "sudo", "exec", "-u"} or ASSIGNMENT.match(words[0])):
        words = words[2:] if words[0] == "-u" else words[1:]
    return words


def understand(words: list[str]) -> None:
    """Have a program's own parser read a command and its settings.

    Raises: CommandError, SettingsError and SystemExit, as for whoever types it.
    """
    if words[0] == "camclient":
        given = camclient_settings(words[1:])
        load_camclient({"server": "ws://x", "camera_id": "1", "token": "x", **given}, {})
    elif not {"--help", "--version"} & set(words):
        command = parse(words[1:])
        arguments = {name: one for name, one in command.arguments.items() if name not in FILES}
        load_camserve(arguments, {})


def camclient_settings(words: list[str]) -> dict[str, object]:
    """As camclient's own command line understands them, without files."""
    command = words[0] if words and words[0] in cli.COMMANDS else None
    given = vars(cli._parser(command).parse_args(words[1:] if command else words))
    return {name: one for name, one in given.items() if name not in FILES}
