"""The text of the server's units for systemd. No input or output.

See systemd.service(5), systemd.socket(5) and systemd.exec(5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from camserve.unit import (
    LOCKED_DOWN,
    command_line,
    credential_lines,
    plain,
)

#: The directory in /var/lib that systemd makes for the server and gives to its user.
STATE_DIRECTORY = "camserve"
#: Where secrets are expected that have no file of their own.
ENVIRONMENT_FILE = Path("/etc/camserve/environment")


@dataclass(frozen=True, slots=True)
class ServiceUnit:
    """What differs from one server's unit to the next.

    Attributes:
        command: the program and its options; a `Credential` among them is the path of one.
        data_dir: where the data is.
        state_directory: its name in /var/lib; None: it is somewhere else and exists already.
        user: who owns the data or the program; None: a user that exists only meanwhile.
        credentials: files that only root can read, by the name under which the server gets them.
        secrets: names of variables that have to be put into `ENVIRONMENT_FILE`.
        binds_low_ports: below 1024, which takes a capability.
        waits_for_network: its addresses may be missing until the network is up.
        devices, groups: what the server's own camera needs.
        reloads: whether the settings file can be read again while the server runs.
    """

    command: Sequence[str]
    data_dir: Path
    state_directory: str | None = STATE_DIRECTORY
    user: str | None = None
    credentials: Mapping[str, Path] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    binds_low_ports: bool = False
    waits_for_network: bool = False
    devices: Sequence[str] = ()
    groups: Sequence[str] = ()
    reloads: bool = True

    def __str__(self) -> str:
        """The whole file.

        Raises:
            UnitError: an option, a path or a variable holds a line break or the like.
        """
        capability = "CAP_NET_BIND_SERVICE" if self.binds_low_ports else ""
        return SERVICE.format(
            network="network-online.target" if self.waits_for_network else "network.target",
            wants="Wants=network-online.target\n" if self.waits_for_network else "",
            command=command_line(self.command),
            reload="" if self.reloads else NO_RELOAD,
            secrets=self._secrets(),
            credentials=self._credentials(),
            user=self._user(),
            data=self._data(),
            data_dir=plain(str(self.data_dir)),
            devices=self._devices(),
            capability=capability,
            locked_down=LOCKED_DOWN.format(home="read-only" if self.user else "yes"),
        )

    def _secrets(self) -> str:
        if not self.secrets:
            return ""
        file = ENVIRONMENT_FILE
        lines = [
            "# Secrets are not in this file, which everybody can read. Put these there, one",
            f"# NAME=value a line: {', '.join(self.secrets)}",
            f"#   sudo install -D -m 600 /dev/stdin {file}",
            f"EnvironmentFile={file}",
        ]
        return "\n".join(lines) + "\n"

    def _credentials(self) -> str:
        if not self.credentials:
            return ""
        return CREDENTIALS + credential_lines(self.credentials)

    def _user(self) -> str:
        lines = [f"User={self.user}" if self.user else "DynamicUser=yes"]
        if self.groups:
            lines.append(f"SupplementaryGroups={' '.join(self.groups)}")
        return "\n".join(lines)

    def _data(self) -> str:
        if self.state_directory is None:
            return f"ReadWritePaths={plain(str(self.data_dir))}"
        return f"StateDirectory={plain(self.state_directory)}\nStateDirectoryMode=0700"

    def _devices(self) -> str:
        if self.devices:
            allowed = [f"DeviceAllow={device} rw" for device in self.devices]
            return "\n".join(["DevicePolicy=closed", *allowed])
        lines = ["PrivateDevices=yes", "MemoryDenyWriteExecute=yes", "ProcSubset=pid"]
        # In a namespace of users a capability opens no port.
        return "\n".join(lines if self.binds_low_ports else [*lines, "PrivateUsers=yes"])


@dataclass(frozen=True, slots=True)
class SocketUnit:
    """Sockets that systemd opens and hands to the server.

    Attributes:
        name: how the server calls them, `http` or `ingest`.
        visitors: who connects there.
        addresses: as in ListenStream.
    """

    name: str
    visitors: str
    addresses: Sequence[str]

    def __str__(self) -> str:
        """The whole file."""
        return SOCKET.format(
            name=self.name,
            visitors=self.visitors,
            addresses="\n".join(f"ListenStream={address}" for address in self.addresses),
        )


NO_RELOAD = """\
# The settings file is handed over below and read at each start only: after a change,
# systemctl restart.
"""

CREDENTIALS = """\
# Files that are not for everybody are handed over at each start: after a change of one of them,
# systemctl restart camserve. For a certificate, have the program that renews it do that.
"""

SERVICE = """\
# Made by `camserve service`. To install it:
#   camserve service ... | sudo tee /etc/systemd/system/camserve.service
#   sudo systemctl daemon-reload
#   sudo systemctl enable --now camserve
# How it is doing: systemctl status camserve; its log: journalctl -u camserve
# Other commands find its data so: sudo camserve camera list --data-dir {data_dir}

[Unit]
Description=camserve, camera server
{wants}After={network}
# Never give up: somebody may mend what is wrong.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command}
{reload}# Settings that can change while it runs are read again; nobody is cut off.
ExecReload=/bin/kill -HUP $MAINPID
{secrets}{credentials}{user}
{data}
UMask=0077

# camserve gives a sign of life as long as its event loop turns.
WatchdogSec=30
TimeoutStartSec=120
TimeoutStopSec=10
Restart=always
RestartSec=2
# Status 2: a setting is wrong, and no other start makes it right.
RestartPreventExitStatus=2

# A leak stays here.
MemoryMax=75%
TasksMax=256

# What it may see and touch.
{devices}
CapabilityBoundingSet={capability}
AmbientCapabilities={capability}
{locked_down}
[Install]
WantedBy=multi-user.target
"""

SOCKET = """\
# Made by `camserve service --socket {name}`. To install it:
#   camserve service --socket {name} ... | sudo tee /etc/systemd/system/camserve-{name}.socket
#   sudo systemctl daemon-reload
#   sudo systemctl enable --now camserve-{name}.socket
# systemd listens, also while the server starts anew: nobody is refused meanwhile.

[Unit]
Description=camserve, connections of {visitors}

[Socket]
{addresses}
BindIPv6Only=both
# An address may come later than this unit.
FreeBind=yes
Backlog=1024
FileDescriptorName={name}
Service=camserve.service

[Install]
WantedBy=sockets.target
"""
