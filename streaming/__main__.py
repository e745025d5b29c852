"""``python -m saidmeant.streaming`` is the command ``saidmeant``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
