"""Real reverse proxies, with the configurations that the guides show."""

import re
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.e2e.guides.snippets import snippets
from tests.processes import ROOT, RealServer, environment, eventually, running

PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin"
NGINX = shutil.which("nginx", path=PATH)
CADDY = shutil.which("caddy", path=PATH)

NGINX_MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""
CADDY_MAIN = """
{{
    admin off
    skip_install_trust
    auto_https disable_redirects
}}
{site}
"""


@dataclass(frozen=True)
class Front:
    """A proxy that runs. prefix: under which it shows camserve, such as `/cams`, or empty"""

    port: int
    prefix: str
    ca_file: Path

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def url(self, path: str) -> str:
        return f"{self.origin}{self.prefix}{path}"

    def ws(self, path: str) -> str:
        return f"wss://localhost:{self.port}{self.prefix}{path}"

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))


def shown(guide: str, number: int) -> str:
    """One of the configurations of a guide."""
    found = snippets(ROOT / "docs/how_to_guides" / f"{guide}.md")
    return [one.text for one in found if one.kind == "parsed"][number]


@contextmanager
def nginx(
    site: str, server: RealServer, authority: Authority, *, prefix: str = ""
) -> Iterator[Front]:
    """site: as in the guide; ports and certificate are replaced by those of the test"""
    if NGINX is None:
        pytest.skip("needs Debian's nginx-light")
    certfile, keyfile = authority.issue("localhost", file="nginx")
    port = free_port()
    site = _pointed_at(site, server)
    site = re.sub(r"ssl_certificate\s.*;", f"ssl_certificate {certfile};", site)
    site = re.sub(r"ssl_certificate_key\s.*;", f"ssl_certificate_key {keyfile};", site)
    site = re.sub(r"listen 443", f"listen 127.0.0.1:{port}", site)
    folder = authority.directory
    file = folder / "nginx.conf"
    file.write_text(NGINX_MAIN.format(folder=folder, site=site))
    words = [NGINX, "-p", str(folder), "-c", str(file)]
    with running(words, env=environment()):
        eventually(lambda: is_listening(port))
        yield Front(port, prefix, authority.ca_file)


@contextmanager
def caddy(
    site: str, server: RealServer, authority: Authority, *, prefix: str = ""
) -> Iterator[Front]:
    """site: as in the guide; ports and certificate are replaced by those of the test"""
    if CADDY is None:
        pytest.skip("needs Debian's caddy")
    certfile, keyfile = authority.issue("localhost", file="caddy")
    port = free_port()
    site = _pointed_at(site, server)
    is_internal = "tls internal" in site
    tls = "" if is_internal else f"\n    tls {certfile} {keyfile}"
    site = re.sub(r"^[\w.]+ {", f"https://localhost:{port} {{{tls}", site)
    folder = authority.directory
    file = folder / "Caddyfile"
    file.write_text(CADDY_MAIN.format(site=site))
    words = [CADDY, "run", "--adapter", "caddyfile", "--config", str(file)]
    ca_file = authority.ca_file
    with running(words, env=environment(HOME=str(folder), XDG_DATA_HOME=str(folder))):
        eventually(lambda: is_listening(port))
        if is_internal:
            ca_file = folder / "caddy/pki/authorities/local/root.crt"
            eventually(ca_file.exists)
        yield Front(port, prefix, ca_file)


def _pointed_at(site: str, server: RealServer) -> str:
    pointed = site.replace("127.0.0.1:8000", f"127.0.0.1:{server.http_port}")
    assert pointed != site
    return pointed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
