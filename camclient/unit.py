"""The text of a systemd unit for one camera. No input or output; see systemd.exec(5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from camserve.unit import LOCKED_DOWN, command_line, credential_lines, environment_lines, plain

#: Kernel numbers of devices (Documentation/admin-guide/devices.txt). By number they are allowed
#: before the first camera is plugged in, when the kernel does not list their names yet.
VIDEO4LINUX = "char-81"
DRM = "char-226"
USB = "char-189"


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
            command=command_line(self.command),
            environment=environment_lines(self.environment),
            credentials=self._credentials(),
            locked_down=LOCKED_DOWN.format(home="read-only" if self.user else "yes"),
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
        return "\n".join(lines) + "\n" + credential_lines(self.credentials)

    def _devices(self) -> str:
        if not self.devices:
            return "PrivateDevices=yes"
        return "\n".join(["DevicePolicy=closed", *_allowed(self.devices)])


def _allowed(devices: Iterable[str]) -> Iterable[str]:
    return (f"DeviceAllow={device} rw" for device in devices)


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
# MemoryDenyWriteExecute is missing: video decoders make code while they run.
CapabilityBoundingSet=
AmbientCapabilities=
{locked_down}
[Install]
WantedBy=multi-user.target
"""
