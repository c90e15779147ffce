"""How hard Hypothesis tries: HYPOTHESIS_PROFILE=deep for `nox -s fuzz`, else quickly. And the one
PostgreSQL of all tests."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from camserve.logs import OWN_LOGGERS
from tests.certificates import shared_authority
from tests.postgres import NEEDS, PostgresServer, find_programs, running_postgres

__all__ = ["postgres", "shared_authority"]

# deadline=None: the machines that run this are small and shared, a slow example is no failure.
settings.register_profile(
    "default", deadline=None, max_examples=50, derandomize=os.environ.get("CI") == "true"
)
settings.register_profile("deep", deadline=None, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    programs = find_programs()
    if programs is None:
        pytest.skip(NEEDS)
    with running_postgres(programs) as server:
        yield server


@pytest.fixture(autouse=True)
def log_levels() -> Iterator[None]:
    """A command that runs in this process sets the log level; the next test must not see it."""
    loggers = [logging.getLogger(name) for name in (None, *OWN_LOGGERS)]
    levels = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)
