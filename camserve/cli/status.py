"""`camserve status`: what the server that runs on this data directory is doing."""

import http.client
import json
import ssl
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

from camserve.address import ADDRESS_FILE, running_server
from camserve.cli.errors import CommandError
from camserve.cli.table import table
from camserve.config import Config
from camserve.logs import one_line
from camserve.registry import load_secret
from camserve.settings import Loaded

TIMEOUT = 5.0  # seconds; a server that is well answers at once
TOKEN_SECONDS = 30.0  # for which our proof counts

_UNITS = ((24 * 3600, "d"), (3600, "h"), (60, "min"))
_COLUMNS = ("ID", "NAME", "STATE", "FPS", "RATE", "LAST FRAME", "VIEWERS", "AGE", "DROPPED")


def show(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Ask the running server and print what it says."""
    report = _ask(loaded.settings)
    lines = [json.dumps(report)] if arguments["json"] else _lines(report)
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _ask(config: Config) -> Mapping[str, object]:
    from camserve.trust import local_token  # which imports a library that a camera does not need

    running = running_server(config.data_dir)
    if running is None:
        _check_readable(config.data_dir)
        raise CommandError(
            f"no server runs on {config.data_dir} (see --data-dir): start it with camserve run"
        )
    secret = load_secret(config.data_dir, config.secret)
    token = local_token(secret, time.time() + TOKEN_SECONDS)
    try:
        status, body = _fetch(running.watch, token, config.certfile)
    except ssl.SSLCertVerificationError as error:
        raise CommandError(
            f"the certificate of {running.watch} is not accepted: {error.verify_message}; "
            "name it: --certfile"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise CommandError(f"the server at {running.watch} does not answer: {error}") from error
    if status in {401, 403}:
        raise CommandError(
            f"the server at {running.watch} does not believe this command: "
            "it needs the same CAMSERVE_SECRET"
        )
    if status != 200:
        raise CommandError(f"the server at {running.watch} answered with status {status}")
    return cast(Mapping[str, object], json.loads(body))


def _check_readable(data_dir: Path) -> None:
    """Whether this user could know of a server there. Raises: CommandError."""
    try:
        (data_dir / ADDRESS_FILE).read_bytes()
    except PermissionError as error:
        raise CommandError(
            f"{error.filename} cannot be read: {error.strerror}; "
            "run this as root or as the server's user"
        ) from error
    except OSError:
        return


def _fetch(url: str, token: str, certfile: Path | None) -> tuple[int, bytes]:
    """Raises: OSError, HTTPException."""
    parts = urlsplit(url)
    host, port = unquote(parts.hostname or ""), parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = _secure(host, port, certfile)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/status", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _secure(host: str, port: int | None, certfile: Path | None) -> http.client.HTTPSConnection:
    """A connection whose other end has shown the configured certificate, before anything is said.

    That very one and not one that it has signed, or that somebody else has: this machine calls the
    server by its address, which hardly any certificate names.
    """
    if certfile is None:
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    connection.connect()
    shown = cast(ssl.SSLSocket, connection.sock).getpeercert(binary_form=True)
    if shown != _first_certificate(certfile):
        connection.close()
        raise ssl.SSLError(f"its certificate is not the one in {certfile}")
    return connection


def _first_certificate(file: Path) -> bytes:
    """Raises: OSError, SSLError."""
    text = file.read_text(encoding="ascii", errors="replace")
    begin, end = ssl.PEM_HEADER, ssl.PEM_FOOTER
    first = text[text.find(begin) :].partition(end)[0] + end
    try:
        return ssl.PEM_cert_to_DER_cert(first)
    except ValueError as error:
        raise ssl.SSLError(f"there is no certificate in {file}") from error


# -- for people ----------------------------------------------------------------------------


def _lines(report: Mapping[str, object]) -> Iterator[str]:
    # What a server of another version does not say is left out.
    said = _Said(report)
    reasons = cast(Sequence[str], report.get("not_ready", ()))
    state = f"not ready: {', '.join(reasons)}" if reasons else "ready"
    yield f"camserve {said.text('version')}, up {_duration(said.number('uptime'))}, {state}"
    lag = _milliseconds(said.number("loop_lag"))
    yield f"memory {_size(said.number('memory'))}, loop lag {lag}"
    connections = said.part("connections")
    refused, cameras = connections.part("refused").total(), said.part("publishers_refused").total()
    yield (
        f"connections {connections.number('open'):.0f} "
        f"({connections.number('unauthenticated'):.0f} unauthenticated), refused {refused:.0f}; "
        f"cameras refused {cameras:.0f}, failed proofs {said.number('failed_proofs'):.0f}"
    )
    rows = [_row(_Said(one)) for one in cast("list[Mapping[str, object]]", report.get("cameras"))]
    if rows:
        yield ""
        yield from table([_COLUMNS, *rows])


class _Said:
    """Reads what may be missing."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def text(self, key: str) -> str:
        return one_line(str(self._values.get(key, "?")))

    def number(self, key: str) -> float:
        value = self._values.get(key)
        return float(value) if isinstance(value, int | float) else float("nan")

    def part(self, key: str) -> "_Said":
        return _Said(cast(Mapping[str, object], self._values.get(key, {})))

    def total(self) -> float:
        return sum(value for value in self._values.values() if isinstance(value, int))


def _row(camera: _Said) -> tuple[str, ...]:
    last = camera.number("last_frame")
    return (
        camera.text("id"),
        camera.text("name"),
        camera.text("state"),
        f"{camera.number('fps'):.1f}",
        f"{_size(camera.number('bytes_per_second'))}/s",
        "-" if last != last else f"{_duration(last)} ago",
        f"{camera.number('viewers'):.0f}",
        _milliseconds(camera.number("age")),
        f"{camera.number('dropped'):.0f}",
    )


def _duration(seconds: float) -> str:
    for unit, name in _UNITS:
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.1f} s"


def _milliseconds(seconds: float) -> str:
    return "-" if seconds != seconds else f"{seconds * 1000:.1f} ms"


def _size(count: float) -> str:
    if count != count:
        return "-"
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"
