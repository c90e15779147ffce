"""Both ways in, a session's table, and a watch over the log."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.camserve.ingest.session_table import Table, open_table


@pytest.fixture(params=["ingest", "http"])
def port(request: pytest.FixtureRequest) -> str:
    """Name of the port to connect to: that of ingest, or that of the web with the same session."""
    return str(request.param)


@pytest.fixture(autouse=True)
def _no_errors_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that a publisher or a stranger does is an error of ours."""
    yield
    errors = [record for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in errors] == []


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    async with open_table() as opened:
        yield opened
