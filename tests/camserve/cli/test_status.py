"""`camserve status` asks the running server, and says in one line why when it cannot."""

import json
import signal
from pathlib import Path

import pytest

from camserve import __version__
from camserve.address import Addresses, published
from camserve.cli.status import _duration, _milliseconds, _size
from tests.camserve.cli.conftest import Run
from tests.certificates import Authority
from tests.processes import camclient, eventually, real_server, register, running

NAN = float("nan")


def test_no_server(camserve: Run, data_dir: Path) -> None:
    said = camserve("status")
    assert said.status == 1
    assert said.complaint == (
        f"no server runs on {data_dir} (see --data-dir): start it with camserve run"
    )
    assert not data_dir.exists()


def test_a_data_directory_that_is_not_for_this_user(
    camserve: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read everything
    said = camserve("status")
    assert said.status == 1
    assert said.complaint == (
        f"{data_dir}/server.json cannot be read: Permission denied; "
        "run this as root or as the server's user"
    )


def test_a_server_with_a_camera(camserve: Run, data_dir: Path) -> None:
    ((camera_id, token),) = register(data_dir, "Front door")
    with real_server(data_dir, CAMSERVE_VIEWER_PASSWORD="sesame") as server:
        with running(camclient(server.ingest, camera_id, token, "--source", "test")):
            eventually(lambda: " online " in camserve("status").out)
            said = json.loads(camserve("status", "--json").out)
        text = camserve("status").out
    assert said["version"] == __version__
    assert said["cameras"][0]["name"] == "Front door"
    assert said["cameras"][0]["frames"] > 0
    first, second, third, empty, head, row = text.splitlines()
    assert first.startswith(f"camserve {__version__}, up ")
    assert first.endswith(", ready")
    assert second.startswith("memory ")
    assert third.endswith("cameras refused 0, failed proofs 0")
    assert empty == ""
    assert head.split()[:3] == ["ID", "NAME", "STATE"]
    assert row.startswith("1   Front door  ")


def test_over_tls_with_the_configured_certificate(
    camserve: Run, data_dir: Path, authority: Authority
) -> None:
    # By the same authority and for the same name, which is not the address that is called.
    own, key = authority.issue("cameras.example.org", file="own")
    other, _ = authority.issue("cameras.example.org", file="other")
    data_dir.mkdir()
    with real_server(data_dir, "--certfile", str(own), "--keyfile", str(key)):
        assert camserve("status", "--certfile", str(own)).out.startswith("camserve ")
        refused = camserve("status", "--certfile", str(other))
        assert refused.status == 1
        assert "does not answer: " in refused.complaint
        assert f"its certificate is not the one in {other}" in refused.complaint
        # Without it the address and the public authorities count, as for everybody.
        unknown = camserve("status").complaint
        assert unknown.startswith("the certificate of https://127.0.0.1:")
        assert unknown.endswith("; name it: --certfile")


def test_another_secret(camserve: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir.mkdir()
    with real_server(data_dir):
        monkeypatch.setenv("CAMSERVE_SECRET", "something that is another secret")
        said = camserve("status")
    assert said.status == 1
    assert said.complaint.endswith(
        "does not believe this command: it needs the same CAMSERVE_SECRET"
    )


def test_a_server_that_hangs(
    camserve: Run, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.cli.status.TIMEOUT", 0.1)
    data_dir.mkdir()
    with real_server(data_dir) as server:
        server.program.process.send_signal(signal.SIGSTOP)
        said = camserve("status")
        server.program.process.send_signal(signal.SIGCONT)
    assert said.status == 1
    assert said.complaint.endswith("does not answer: timed out")


def test_an_address_where_nobody_is(camserve: Run, data_dir: Path) -> None:
    data_dir.mkdir()
    with published(data_dir, Addresses("http://[::1]:9/", "ws://[::1]:9/")):
        said = camserve("status")
    assert said.status == 1
    assert said.complaint.startswith("the server at http://[::1]:9/ does not answer: ")


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (_duration(0.04), "0.0 s"),
        (_duration(90), "1.5 min"),
        (_duration(36 * 3600), "1.5 d"),
        (_milliseconds(0.0123), "12.3 ms"),
        (_milliseconds(NAN), "-"),
        (_size(NAN), "-"),
        (_size(1500), "1.5 kB"),
        (_size(2_500_000), "2.5 MB"),
    ],
)
def test_how_numbers_look(shown: str, text: str) -> None:
    assert shown == text
