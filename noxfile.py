"""What a contributor runs: plain `nox` is lint, types and tests; `nox -l` lists the rest."""

import nox

nox.options.default_venv_backend = "venv"
nox.options.sessions = ["lint", "types", "tests"]

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests on each interpreter at hand; arguments go to pytest."""
    session.install("-e", ".[test]")
    session.run("pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff, its format included."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict, the tests included."""
    session.install("-e", ".[dev]")
    session.run("mypy")
    session.run("mypy", "noxfile.py")


@nox.session
def fuzz(session: nox.Session) -> None:
    """The property tests, much deeper than in the ordinary run."""
    session.install("-e", ".[test]")
    session.run("pytest", "-m", "fuzz", *session.posargs, env={"HYPOTHESIS_PROFILE": "deep"})


@nox.session
def network(session: nox.Session) -> None:
    """Real programs on bad networks, for minutes; needs root, and Debian's iproute2."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/netns", *session.posargs, env={"NETWORK_PROFILE": "long"})


@nox.session
def browser(session: nox.Session) -> None:
    """The page in a real browser; needs Debian's chromium."""
    session.install("-e", ".[test]")
    session.run("pytest", "tests/e2e/browser", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """What a frame costs, as a multiple of a loop in C: docs/discussion/performance.md."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.bench", *session.posargs)
