"""The text of a systemd unit for one camera. No input or output; see systemd.exec(5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

#: Kernel numbers of devices (Documentation/admin-guide/devices.txt). By number they are allowed
#: before the first camera is plugged in, when the kernel does not list their names yet.
VIDEO4LINUX = "char-81"
DRM = "char-226"
USB = "char-189"


class Credential(str):
    """A word of the command line that is the path of a credential; its name is in it as it is."""

    __slots__ = ()

    def __new__(cls, name: str) -> "Credential":
        return super().__new__(cls, f"%d/{name}")


class UnitError(ValueError):
    """Something that cannot stand in a unit; the message is one line."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What differs from one unit to the next.

    Attributes:
        command: the program and its options; a `Credential` among them is the path of one.
        credentials: files that only root can read, by the name under which the program gets them.
        token_hint: where the token has to be put first; None: it is there.
        environment: variables of settings that have no option.
        devices: what the source and the motor need, in the words of DeviceAllow.
        groups: to which these devices belong.
        user: who owns the home directory that the program or a file lies in; None: nobody, and a
            user is made up for the time that it runs.
    """

    camera_id: int
    command: Sequence[str]
    credentials: Mapping[str, Path] = field(default_factory=dict)
    token_hint: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    devices: Sequence[str] = ()
    groups: Sequence[str] = ()
    user: str | None = None

    def __str__(self) -> str:
        """The whole file.

        Raises:
            UnitError: an option, a path or a variable holds a line break or the like.
        """
        return TEMPLATE.format(
            camera_id=self.camera_id,
            user=self._user(),
            command=" ".join(quote(word) for word in self.command),
            environment="".join(
                f"Environment={quote(f'{name}={value}', dollar='$')}\n"
                for name, value in self.environment.items()
            ),
            credentials=self._credentials(),
            home="read-only" if self.user else "yes",
            devices=self._devices(),
        )

    def _user(self) -> str:
        lines = [f"User={self.user}" if self.user else "DynamicUser=yes"]
        if self.user:
            lines.insert(0, "# Program or source lie in a home directory, which its owner reads.")
        if self.groups:
            lines.append(f"SupplementaryGroups={' '.join(self.groups)}")
        return "\n".join(lines)

    def _credentials(self) -> str:
        if not self.credentials:
            return ""
        lines = [
            "# The token is not in this file, which everybody can read: only root and this service",
            "# can read what is named here.",
        ]
        if self.token_hint:
            path = plain(str(self.token_hint))
            lines += [
                "# Put it there, then press Ctrl-D:",
                f"#   sudo install -D -m 600 /dev/stdin {path}",
            ]
        lines += [
            f"LoadCredential={name}:{plain(str(path))}" for name, path in self.credentials.items()
        ]
        return "\n".join(lines) + "\n"

    def _devices(self) -> str:
        if not self.devices:
            return "PrivateDevices=yes"
        return "\n".join(["DevicePolicy=closed", *_allowed(self.devices)])


def _allowed(devices: Iterable[str]) -> Iterable[str]:
    return (f"DeviceAllow={device} rw" for device in devices)


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


TEMPLATE = """\
# Made by `camclient service`. To install it:
#   camclient service ... | sudo tee /etc/systemd/system/camclient.service
#   sudo systemctl daemon-reload
#   sudo systemctl enable --now camclient
# How it is doing: systemctl status camclient; its log: journalctl -u camclient

[Unit]
Description=camclient, camera {camera_id}
# It waits for the network by itself.
After=network.target
# Never give up: somebody may mend the other end.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command}
{environment}{credentials}{user}

# camclient gives a sign of life while it makes progress; a camera that is gone is no lack of it.
WatchdogSec=60
TimeoutStopSec=10
RestartSec=10
Restart=always
# After status 3 (the server refuses camera or token), too: that is mended at the server, and then
# nobody has to climb to the camera.
# With --on-update exit it ends when the server asks for an update, and this may do it:
#ExecStartPre=-+/path/to/update

# A directory to write to; lgpio needs it, for servos.
RuntimeDirectory=camclient
WorkingDirectory=%t/camclient
UMask=0077

# A leak stays here.
MemoryMax=50%
TasksMax=128

# What it may see and touch.
{devices}
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
CapabilityBoundingSet=
AmbientCapabilities=
KeyringMode=private
LockPersonality=yes
RemoveIPC=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# AF_NETLINK tells of changes of the network. MemoryDenyWriteExecute is missing: video decoders
# make code while they run.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""
