"""Servers without TLS and with it."""

import pytest

from tests import serving
from tests.certificates import Authority


@pytest.fixture(params=["plain", "tls"])
def plain_and_tls_servers(
    request: pytest.FixtureRequest, shared_authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every server of `tests.serving` is plain, and then has TLS."""
    if request.param == "tls":
        certfile, keyfile = shared_authority.issue()
        monkeypatch.setattr(serving, "DEFAULTS", {"certfile": certfile, "keyfile": keyfile})
