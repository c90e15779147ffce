"""`camserve service`: which units come out of which settings, and what systemd thinks of them."""

import os
import pwd
import re
import shutil
from pathlib import Path

import pytest

from camserve.cli import main, service
from camserve.cli.service import make_service, make_socket
from camserve.config import load_config
from camserve.server_unit import ServiceUnit
from camserve.unit import UnitError
from tests.systemd import judge, needs_systemd, verify

PROGRAM = ["/usr/bin/camserve"]
USER = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture(autouse=True)
def no_homes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the tests themselves are installed."""
    monkeypatch.setattr("camserve.unit.HOMES", ())
    monkeypatch.setattr("camserve.cli.service.HOMES", ())


@pytest.fixture
def open_dir(tmp_path: Path) -> Path:
    """A directory that everybody may enter; pytest's are its user's own."""
    for parent in [tmp_path, *tmp_path.parents]:
        if parent.stat().st_uid == os.getuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o001)
    return tmp_path


def unit(arguments: dict[str, object], **environ: str) -> ServiceUnit:
    return make_service(load_config(arguments, environ), PROGRAM)


def lines(made: ServiceUnit) -> list[str]:
    return str(made).splitlines()


def command(made: ServiceUnit) -> str:
    found = re.search(r"^ExecStart=(.*)$", str(made), re.MULTILINE)
    assert found
    return found[1]


def test_options_and_variables_become_options_of_the_unit() -> None:
    made = unit({"host": "0.0.0.0", "announce": "no"}, CAMSERVE_STALE_AFTER="7.5")
    assert command(made) == (
        "/usr/bin/camserve run --host 0.0.0.0 --stale-after 7.5 --no-announce"
        " --data-dir /var/lib/camserve"
    )
    assert {"DynamicUser=yes", "StateDirectory=camserve", "PrivateUsers=yes"} <= set(lines(made))


def test_networks_stay_networks() -> None:
    made = unit({"trusted_proxies": "10.0.0.0/8, ::1"})
    assert "--trusted-proxies 10.0.0.0/8,::1/128" in command(made)


@pytest.mark.parametrize(
    "variable",
    ["CAMSERVE_ADMIN_TOKEN", "CAMSERVE_VIEWER_PASSWORD", "CAMSERVE_SECRET", "CAMSERVE_DATABASE"],
)
def test_secrets_are_never_in_the_unit(variable: str) -> None:
    made = unit({}, **{variable: "postgresql://sesame@x/y"})
    assert "sesame" not in str(made)
    assert "EnvironmentFile=/etc/camserve/environment" in lines(made)
    assert f"# NAME=value a line: {variable}" in lines(made)


@pytest.mark.parametrize(
    ("name", "credential"),
    [
        ("viewer_password_file", "viewer-password"),
        ("certfile", "certificate.pem"),
        ("keyfile", "key.pem"),
    ],
)
def test_files_for_root_alone_are_handed_over(open_dir: Path, name: str, credential: str) -> None:
    file = open_dir / "file"
    file.write_text("x")
    option = f"--{name.replace('_', '-')}"
    file.chmod(0o600)
    made = unit({name: str(file)})
    assert made.credentials == {credential: file}
    assert f"{option} %d/{credential} " in command(made)
    assert f"LoadCredential={credential}:{file}" in lines(made)
    file.chmod(0o644)
    made = unit({name: str(file)})
    assert made.credentials == {}
    assert f"{option} {file} " in command(made)


def test_a_file_that_is_not_there_yet_will_be_handed_over(tmp_path: Path) -> None:
    made = unit({"viewer_password_file": str(tmp_path / "later")})
    assert list(made.credentials) == ["viewer-password"]


def test_a_settings_file_is_read_again_where_it_can_be(open_dir: Path) -> None:
    file, password = open_dir / "camserve.toml", open_dir / "password"
    file.write_text(f'host = "0.0.0.0"\nviewer_password_file = "{password}"\n')
    file.chmod(0o644)
    made = unit({"config": str(file)})
    # The file says the password's place, but the server could not read it there.
    assert command(made) == (
        f"/usr/bin/camserve run --config {file} --viewer-password-file %d/viewer-password"
        " --data-dir /var/lib/camserve"
    )
    assert "read at each start only" not in str(made)
    file.chmod(0o600)
    made = unit({"config": str(file)})
    assert "--config %d/config.toml" in command(made)
    assert "read at each start only" in str(made)


def test_low_ports_take_a_capability() -> None:
    made = lines(unit({"port": "80"}))
    assert {"AmbientCapabilities=CAP_NET_BIND_SERVICE"} <= set(made)
    assert "PrivateUsers=yes" not in made
    assert "AmbientCapabilities=" in lines(unit({"port": "1024"}))


@pytest.mark.parametrize(
    ("host", "waits"),
    [("0.0.0.0", False), ("127.0.0.1", False), ("192.168.1.5", True), ("cams.example", True)],
)
def test_an_address_may_need_the_network(host: str, waits: bool) -> None:
    assert ("Wants=network-online.target" in lines(unit({"host": host}))) is waits


def test_a_camera_of_its_own_needs_a_device() -> None:
    made = lines(unit({"local_camera": "0"}))
    assert {"DeviceAllow=char-81 rw", "SupplementaryGroups=video"} <= set(made)
    assert "PrivateDevices=yes" not in made
    assert "MemoryDenyWriteExecute=yes" not in made


def test_other_places_for_the_data(tmp_path: Path) -> None:
    assert unit({"data_dir": "/var/lib/cams"}).state_directory == "cams"
    made = unit({"data_dir": str(tmp_path)})
    assert {f"User={USER}", f"ReadWritePaths={tmp_path}"} <= set(lines(made))
    assert f"--data-dir {tmp_path}" in command(made)
    with pytest.raises(UnitError, match="is not there: expected /var/lib/NAME"):
        unit({"data_dir": str(tmp_path / "nowhere")})


def test_what_lies_in_a_home_directory_runs_as_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.unit.HOMES", (tmp_path,))
    made = make_service(load_config({}, {}), [f"{tmp_path}/pi/bin/camserve"])
    assert {"User=pi", "ProtectHome=read-only", "StateDirectory=camserve"} <= set(lines(made))


@pytest.mark.parametrize(
    ("arguments", "http", "ingest"),
    [
        ({}, ["127.0.0.1:8000"], ["127.0.0.1:8001"]),
        ({"host": "0.0.0.0", "port": "80"}, ["0.0.0.0:80"], ["0.0.0.0:8001"]),
        ({"host": "::", "ingest_host": "::1"}, ["[::]:8000"], ["[::1]:8001"]),
        ({"host": "localhost"}, ["127.0.0.1:8000", "[::1]:8000"], None),
    ],
)
def test_sockets(arguments: dict[str, object], http: list[str], ingest: list[str] | None) -> None:
    config = load_config(arguments, {}).settings
    made = make_socket(config, "http")
    assert list(made.addresses) == http
    assert f"ListenStream={http[-1]}\n" in str(made)
    assert "\nFileDescriptorName=http\nService=camserve.service\n" in str(made)
    if ingest is not None:
        assert list(make_socket(config, "ingest").addresses) == ingest


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [({"host": "cams.example"}, "knows no names"), ({"port": "0"}, "--port above 0")],
)
def test_what_no_socket_unit_can_say(arguments: dict[str, object], reason: str) -> None:
    with pytest.raises(UnitError, match=reason):
        make_socket(load_config(arguments, {}).settings, "http")


def test_the_command_prints_the_unit_and_what_it_expects(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMSERVE_ADMIN_TOKEN", "sesame")
    assert main(["service", "--host", "0.0.0.0"]) == 0
    out, err = capsys.readouterr()
    assert "\n[Service]\nType=notify\n" in out
    assert err == (
        "camserve: the unit expects CAMSERVE_ADMIN_TOKEN in /etc/camserve/environment, see there\n"
    )
    assert main(["service", "--socket", "ingest"]) == 0
    out, err = capsys.readouterr()
    assert "\nListenStream=127.0.0.1:8001\n" in out
    assert err == ""
    assert main(["service", "--public-url", "http://a/\nb"]) == 2


@needs_systemd
@pytest.mark.parametrize(
    ("arguments", "worst"),
    [
        ({"host": "0.0.0.0", "viewer_password_file": "/etc/camserve/password"}, 1.2),
        ({"port": "80"}, 1.6),
        ({"local_camera": "0"}, 1.6),
    ],
)
def test_systemd_understands_all_of_it_and_finds_it_safe(
    arguments: dict[str, object], worst: float, tmp_path: Path
) -> None:
    program = shutil.which("true")
    assert program  # systemd looks whether it is there
    file = tmp_path / "camserve.service"
    loaded = load_config(arguments, {"CAMSERVE_ADMIN_TOKEN": "x"})
    file.write_text(str(make_service(loaded, [program])))
    sockets = [tmp_path / f"camserve-{name}.socket" for name in service.SOCKETS]
    for name, socket in zip(service.SOCKETS, sockets, strict=True):
        socket.write_text(str(make_socket(loaded.settings, name)))
    for one in (file, *sockets):
        verify(one)
    judge(file, worst)
