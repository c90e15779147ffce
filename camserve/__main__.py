"""`python -m camserve` is `camserve`."""

import sys

from camserve.cli import main

if __name__ == "__main__":
    sys.exit(main())
