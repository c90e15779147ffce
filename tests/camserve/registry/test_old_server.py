"""What is read of an old server's database, and what is said when it cannot be."""

import pytest
from sqlalchemy import create_engine, text

from camserve.registry import DatabaseError, OldCamera, read_old_cameras
from tests.old_server import ROW, TABLE, execute, old_database
from tests.postgres import PostgresServer

PASSWORD = "s3cret/pass"


def complaint(url: str) -> str:
    with pytest.raises(DatabaseError) as caught:
        read_old_cameras(url)
    said = str(caught.value)
    assert "\n" not in said
    assert "s3cret" not in said
    return said


def with_password(url: str) -> str:
    return url.replace("postgres@", "postgres:s3cret%2Fpass@")


def test_the_rows_by_id(postgres: PostgresServer) -> None:
    url = old_database(postgres, [(7, " Tür ", None, "b" * 64), (2, "front", "", "a" * 64)])
    assert read_old_cameras(url) == [
        OldCamera(2, "front", "", "a" * 64),
        OldCamera(7, " Tür ", "", "b" * 64),
    ]


def test_an_empty_table(postgres: PostgresServer) -> None:
    assert read_old_cameras(old_database(postgres)) == []


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_the_scheme(postgres: PostgresServer, scheme: str) -> None:
    url = old_database(postgres, [(1, "front", None, "token")])
    assert len(read_old_cameras(url.replace("postgresql+psycopg", scheme))) == 1


def test_a_token_does_not_show() -> None:
    assert "token" not in repr(OldCamera(1, "front", "", "the token"))


def test_a_user_who_may_only_read_is_enough(postgres: PostgresServer) -> None:
    url = old_database(postgres, [(1, "front", None, "token")])
    execute(url, "CREATE ROLE reader LOGIN")
    as_reader = url.replace("postgres@", "reader@")
    assert complaint(as_reader).endswith("; this user may not read the table camera")
    execute(url, "GRANT SELECT ON camera TO reader")
    assert len(read_old_cameras(as_reader)) == 1


def test_a_table_that_somebody_holds_locked(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.registry.old_server.LOCK_TIMEOUT", 0.1)
    url = old_database(postgres)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE camera"))
        assert "another program holds the table locked" in complaint(url)
    engine.dispose()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE camera", "has no table that is called camera"),
        ("ALTER TABLE camera RENAME COLUMN token TO secret", "Its table camera is another one"),
        ("ALTER TABLE camera ALTER COLUMN id TYPE varchar", "Its table camera is another one"),
        (
            "ALTER TABLE camera ALTER COLUMN token TYPE int USING 5",
            "Its table camera is another one",
        ),
    ],
)
def test_another_table(postgres: PostgresServer, change: str, said: str) -> None:
    url = old_database(postgres, [(1, "front", None, "token")])
    execute(url, change)
    told = complaint(with_password(url))
    assert told.startswith("cannot read the old server's database database")
    assert f"(PostgreSQL at {postgres.folder}): " in told
    assert said in told


def test_another_database(postgres: PostgresServer) -> None:
    assert complaint(with_password(postgres.url("nothing"))).endswith(
        'database "nothing" does not exist; check that its server runs and that the URL is right'
    )


def test_another_user(postgres: PostgresServer) -> None:
    url = old_database(postgres).replace("postgres@", "nobody:s3cret@")
    assert 'role "nobody" does not exist' in complaint(url)
    # PostgreSQL names users, and some have passwords that are no better.
    same = url.replace("nobody:", "s3cret:")
    assert 'role "***" does not exist' in complaint(same)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "Host=localhost;Username=camera;Password=s3cret;Database=camera",
        "sqlite:////tmp/s3cret.db",
        "mysql://camera:s3cret@localhost/camera",
        "postgresql://camera:s3cret@s3cret@localhost/camera",
        "postgresql://camera:s3cret@localhost:s3cret/camera",
    ],
)
def test_what_is_no_url_of_it(url: str) -> None:
    assert complaint(url).endswith(": expected postgresql://USER:PASSWORD@HOST/NAME") or (
        "write one that is in the password as %40" in complaint(url)
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://camera:s3cret@127.0.0.1:1/camera",
        "postgresql://127.0.0.1:1/camera?user=camera&password=s3cret",
        "postgresql://camera:s3cret@nowhere.invalid/camera",
    ],
)
def test_a_server_that_is_not_there(url: str) -> None:
    assert complaint(url).endswith("check that its server runs and that the URL is right")


def test_text_that_is_not_utf_8(postgres: PostgresServer) -> None:
    name = "ascii"
    options = ("--encoding=SQL_ASCII", "--locale=C", "--template=template0")
    postgres.run("createdb", *options, "-h", str(postgres.folder), "-U", "postgres", name)
    url = f"{postgres.url(name)}&client_encoding=utf8"
    execute(url, TABLE)
    execute(url, ROW, {"id": 1, "name": "Tür", "description": None, "token": "x"})
    assert read_old_cameras(postgres.url(name)) == [OldCamera(1, "Tür", "", "x")]
    execute(url, "UPDATE camera SET name = E'T\\374r'")
    assert complaint(postgres.url(name)).endswith(
        'invalid byte sequence for encoding "UTF8": 0xfc; mend that text there first'
    )
