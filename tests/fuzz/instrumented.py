"""`python -m tests.fuzz.instrumented NAME …`: one harness, run by atheris."""

import sys

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

#: Ours, and what of others reads a stranger's bytes first.
READERS = ["camserve", "h11", "hypercorn", "wsproto", "werkzeug.sansio", "itsdangerous"]

with atheris.instrument_imports(include=READERS):
    from tests.fuzz.harnesses import harness

    check = harness(sys.argv[1])


def main() -> None:
    # With this libFuzzer starts itself anew, through a shell, when it merges.
    myself = f"{sys.executable} -m tests.fuzz.instrumented {sys.argv[1]}"
    atheris.Setup([myself, *sys.argv[2:]], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
