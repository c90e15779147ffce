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
    """The property tests, much deeper, and each harness of tests/fuzz; `-- --seconds N`, for each.

    The harnesses need atheris, which has wheels for CPython 3.11 to 3.14 on x86-64 Linux only.
    """
    session.install("-e", ".[test]", "atheris>=3")
    session.run("pytest", "-m", "fuzz", env={"HYPOTHESIS_PROFILE": "deep"})
    session.run("python", "-m", "tests.fuzz", *session.posargs)


@nox.session
def chaos(session: nox.Session) -> None:
    """Kills, stops and cuts for five minutes; `-- --seconds N --seed N`."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.chaos", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Half an hour of everyday load; what the server holds must not grow. `-- --seconds N`."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "tests.soak", *session.posargs)


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
