import subprocess
import sys

import pytest

from camserve import registry


def test_each_promised_name_is_there() -> None:
    for name in registry.__all__:
        assert getattr(registry, name).__name__ == name


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        registry.__getattr__("Nothing")


def test_importing_the_package_imports_none_of_its_heavy_libraries() -> None:
    code = (
        "import sys, camserve.registry;"
        "print({'sqlalchemy', 'alembic', 'trio', 'asyncio'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE)
    assert done.stdout == b"set()\n"
