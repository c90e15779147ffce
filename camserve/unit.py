"""What the units of systemd for both programs have in common. No input or output."""

from collections.abc import Mapping, Sequence
from pathlib import Path

#: Where people's files are; a unit cannot show them to a user that is made up for it.
HOMES = (Path("/home"), Path("/root"))

#: What neither program may see or touch; see systemd.exec(5).
LOCKED_DOWN = """\
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
PrivateMounts=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
NoNewPrivileges=yes
KeyringMode=private
LockPersonality=yes
RemoveIPC=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# AF_NETLINK tells of the network's addresses and its changes.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
"""


class Credential(str):
    """A word of the command line that is the path of a credential; its name is in it as it is."""

    __slots__ = ()

    def __new__(cls, name: str) -> "Credential":
        return super().__new__(cls, f"%d/{name}")


class UnitError(ValueError):
    """Something that cannot stand in a unit; the message is one line."""


def plain(text: str) -> str:
    """Text without any meaning of its own, up to the end of the line.

    Raises:
        UnitError: it would not stay one line.
    """
    if not text.isprintable():
        raise UnitError(f"this cannot stand in a unit: {text!r}")
    return text.replace("%", "%%")


def quote(word: str, dollar: str = "$$") -> str:
    """One word of a command line or one assignment, systemd.service(5), "Command lines".

    dollar: what stands for a dollar sign; only command lines expand it.

    Raises:
        UnitError: as `plain`.
    """
    if isinstance(word, Credential):
        return word
    text = plain(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", dollar)
    return f'"{text}"' if not text or set(text) & set(" \\\"';#") else text


def command_line(words: Sequence[str]) -> str:
    """The words as they stand behind `ExecStart=`. Raises: UnitError."""
    return " ".join(quote(word) for word in words)


def environment_lines(variables: Mapping[str, str]) -> str:
    """A line for each variable. Raises: UnitError."""
    return "".join(
        f"Environment={quote(f'{name}={value}', dollar='$')}\n" for name, value in variables.items()
    )


def credential_lines(credentials: Mapping[str, Path]) -> str:
    """A line for each file that is handed over under a name. Raises: UnitError."""
    return "".join(
        f"LoadCredential={name}:{plain(str(path))}\n" for name, path in credentials.items()
    )


def owner_of_home(paths: Sequence[Path]) -> str | None:
    """Whose home directory one of these lies in; links are followed, as Python's in a venv."""
    for path in filter(Path.is_absolute, paths):
        for place in (path, path.resolve()):
            for homes in HOMES:
                if place.is_relative_to(homes):
                    return "root" if homes == Path("/root") else place.parts[len(homes.parts)]
    return None
