"""What reads the snippets that are no commands: the real parsers of their languages."""

import configparser
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml


class NotParsedError(Exception):
    """A real parser does not take the text; the message is what it says."""


def parse(language: str, text: str, folder: Path) -> None:
    """Read a text with the parser of its language.

    folder: for files that the parser needs

    Raises: NotParsedError, or the parser's own error; the test is skipped when there is no parser.
    """
    if language not in PARSERS:
        raise NotParsedError(f"no parser for {language!r}")
    PARSERS[language](text, folder)


class _AnyTag(yaml.SafeLoader):
    """Takes tags that it does not know, such as Home Assistant's `!secret`."""


_AnyTag.add_multi_constructor("!", lambda loader, suffix, node: None)


def _yaml(text: str, folder: Path) -> None:
    if all(document is None for document in yaml.load_all(text, _AnyTag)):
        raise NotParsedError("nothing in it")


def _ini(text: str, folder: Path) -> None:
    configparser.ConfigParser(strict=False, interpolation=None).read_string(text)


def _shell(text: str, folder: Path) -> None:
    _run(["bash", "-n", "-c", text])


def _systemd(text: str, folder: Path) -> None:
    """A unit, or a part of one as it stands in a drop-in."""
    program = _needs("systemd-analyze", "systemd")
    kind = next((name for name in ("Socket", "Timer", "Path") if f"[{name}]" in text), "Service")
    # The programs of other computers are not here, nor are their other units.
    text = re.sub(r"^(Exec\w+=[-@:+!]*)\S+", r"\1/bin/true", text, flags=re.M)
    if kind == "Service" and "ExecStart=" not in text:
        text = f"[Service]\nExecStart=/bin/true\n{text}"
    unit = folder / f"snippet.{kind.lower()}"
    unit.write_text(text)
    if kind != "Service":
        (folder / "snippet.service").write_text("[Service]\nExecStart=/bin/true\n")
        unit.write_text(re.sub(r"^(Service|Unit)=.*", r"\1=snippet.service", text, flags=re.M))
    _run([program, "verify", str(unit)], silent=True)


def _nginx(text: str, folder: Path) -> None:
    program = _needs("nginx", "nginx-light")
    certificate, key = _certificate(folder)
    text = re.sub(r"(ssl_certificate)\s+\S+;", rf"\1 {certificate};", text)
    text = re.sub(r"(ssl_certificate_key)\s+\S+;", rf"\1 {key};", text)
    # It tries its ports even in a test, and not everybody may use these.
    text = re.sub(r"(listen\s+)(?:\S+:)?(80|443)\b", rf"\1unix:{folder}/\2", text)
    if not re.search(r"^http\s*{", text, re.M):
        text = f"http {{\n{text}\n}}\n"
    paths = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    text = text.replace("{", f"{{\naccess_log off;\n{paths}\n", 1)
    file = folder / "nginx.conf"
    file.write_text(f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\n{text}")
    _run([program, "-t", "-q", "-p", str(folder), "-c", str(file)])


def _certificate(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    files = ["-nodes", "-subj", "/CN=test", "-keyout", str(key), "-out", str(certificate)]
    _run([*request, *files])
    return certificate, key


def _caddy(text: str, folder: Path) -> None:
    program = _needs("caddy", "caddy")
    file = folder / "Caddyfile"
    file.write_text(text)
    _run([program, "adapt", "--adapter", "caddyfile", "--config", str(file)])


PARSERS: dict[str, Callable[[str, Path], object]] = {
    "toml": lambda text, folder: tomllib.loads(text),
    "json": lambda text, folder: json.loads(text),
    "yaml": _yaml,
    "ini": _ini,
    "python": lambda text, folder: compile(text, "snippet", "exec"),
    "shell": _shell,
    "systemd": _systemd,
    "nginx": _nginx,
    "caddy": _caddy,
}


def _needs(program: str, package: str) -> str:
    found = shutil.which(program, path="/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin")
    if found is None:
        pytest.skip(f"needs Debian's {package}")
    return found


def _run(words: list[str], *, silent: bool = False) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    said = done.stdout + done.stderr
    if done.returncode != 0 or (silent and said):
        raise NotParsedError(said)
