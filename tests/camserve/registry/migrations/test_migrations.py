import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from camserve.registry import Registry, migrations, schema


def test_the_constant_is_the_newest_script() -> None:
    scripts = ScriptDirectory.from_config(migrations.settings())
    assert scripts.get_heads() == [schema.HEAD]


def test_known_are_the_revisions_that_have_a_script() -> None:
    assert migrations.is_known(schema.HEAD)
    assert not migrations.is_known("9999")


def test_the_scripts_lead_to_the_tables_that_the_code_expects(url: str) -> None:
    Registry.open(url).close()
    with create_engine(url, poolclass=NullPool).connect() as connection:
        options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []


def test_a_database_of_an_older_layout_keeps_its_cameras(url: str) -> None:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        config = migrations.settings()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO camserve_cameras VALUES (7, 'front', '', true, false, 3, NULL)",
            )
        )
    with Registry.open(url) as registry:
        assert [(one.id, one.token_generation) for one in registry.cameras()] == [(7, 3)]
        registry.add_code("a code", 2e9)
        assert registry.take_code("a code", 1e9)


def test_a_folder_with_a_percent_sign_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "__file__", "/a%20b/migrations/__init__.py")
    folder = migrations.settings().get_main_option("script_location")
    assert folder == "/a%20b/migrations"


def test_opening_a_current_database_does_not_import_alembic(sqlite_url: str) -> None:
    code = (
        "import sys; from camserve.registry import Registry; Registry.open(sys.argv[1]).close();"
        "print(sorted(name for name in sys.modules if name.split('.')[0] == 'alembic')[:1])"
    )

    def imported() -> bytes:
        return subprocess.run(
            [sys.executable, "-c", code, sqlite_url], check=True, stdout=subprocess.PIPE
        ).stdout.strip()

    assert imported() == b"['alembic']"
    assert imported() == b"[]"


def test_the_scripts_are_inside_the_package() -> None:
    # The wheel holds the package's folder: what lies elsewhere would be missing in it.
    scripts = ScriptDirectory.from_config(migrations.settings())
    package = Path(schema.__file__).parent
    assert all(Path(script.path).is_relative_to(package) for script in scripts.walk_revisions())
