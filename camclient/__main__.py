"""`python -m camclient`."""

from camclient.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
