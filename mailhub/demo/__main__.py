"""`python -m mailhub.demo`: needs no settings, as it makes them for the parts that it starts."""

import sys

from mailhub.demo.launch import main

if __name__ == "__main__":
    sys.exit(main())
