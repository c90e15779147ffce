"""The two databases that every test of the registry runs with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from camserve.registry import Registry
from tests.postgres import PostgresServer


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Path:
    return tmp_path / "cameras.db"


@pytest.fixture
def sqlite_url(sqlite_file: Path) -> str:
    return f"sqlite:///{sqlite_file}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """The URL of an empty database, one test with each kind."""
    if request.param == "sqlite":
        return sqlite_url
    server = request.getfixturevalue("postgres")
    assert isinstance(server, PostgresServer)
    return server.new_database()


@pytest.fixture
def registry(url: str) -> Iterator[Registry]:
    with Registry.open(url) as registry:
        yield registry
