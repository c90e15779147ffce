from pathlib import Path

import pytest

from camserve.registry import DatabaseError
from camserve.registry.address import PostgresqlAddress, SqliteAddress, parse_address


@pytest.mark.parametrize("scheme", ["sqlite", "sqlite+pysqlite"])
@pytest.mark.parametrize("name", ["/data/cameras.db", "/a b/100%25?x=#1&.db"])
def test_a_sqlite_url_is_the_name_of_a_file(scheme: str, name: str) -> None:
    assert parse_address(f"{scheme}:///{name}") == SqliteAddress(Path(name))


def test_a_relative_file_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert parse_address("sqlite:///a.db") == SqliteAddress(tmp_path / "a.db")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_means_psycopg(scheme: str) -> None:
    address = parse_address(f"{scheme}://ann:pw@db:5433/cameras")
    assert isinstance(address, PostgresqlAddress)
    assert address.url.render_as_string(False) == "postgresql+psycopg://ann:pw@db:5433/cameras"


@pytest.mark.parametrize(
    ("rest", "shown"),
    [
        ("ann:secret@db.example:5433/cameras", "cameras (PostgreSQL at db.example:5433)"),
        ("ann:secret@db/cameras?password=secret&sslkey=secret", "cameras (PostgreSQL at db)"),
        ("ann@/cameras?host=/run/pg&port=1&password=secret", "cameras (PostgreSQL at /run/pg:1)"),
        ("/?dbname=cameras&password=secret", "cameras (PostgreSQL at localhost)"),
        ("ann:sec/ret:secret@db", "(PostgreSQL at db)"),
        ("db?host=a&host=b", "(PostgreSQL at db)"),
    ],
)
def test_the_shown_address_has_no_secret(rest: str, shown: str) -> None:
    assert parse_address(f"postgresql://{rest}").shown == shown


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("", "has no scheme"),
        ("cameras.db", "has no scheme"),
        ("mysql://ann:secret@db/cameras", 'has the unknown scheme "mysql"'),
        ("postgresql+psycopg2://ann:secret@db/c", r'has the unknown scheme "postgresql\+psycopg2"'),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://cameras.db", "names no file"),
        ("postgresql://ann:secret@db:port/cameras", "cannot be read"),
        ("postgresql://ann:pa@secret@db/cameras", "has two @: .*%40"),
    ],
)
def test_a_url_that_cannot_be_used_is_one_line_without_secrets(url: str, complaint: str) -> None:
    with pytest.raises(DatabaseError, match=f"^the database URL {complaint}.*$") as caught:
        parse_address(url)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
