"""The promises of a stream, kept without TLS and with it."""

from collections.abc import Iterator

import pytest

from camserve.net.certificate import Certificate
from tests.camserve.net import connections
from tests.certificates import Authority, authority

__all__ = ["authority"]


@pytest.fixture(params=["plain", "tls"])
def plain_and_tls(request: pytest.FixtureRequest, shared_authority: Authority) -> Iterator[None]:
    """Every connection of `connections.accepted` is plain, and then has TLS."""
    if request.param == "plain":
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        certificate = Certificate(*shared_authority.issue())
        patch.setattr(connections, "CERTIFICATE", certificate)
        patch.setattr(connections, "TRUSTING", shared_authority.trusting())
        yield
