"""For all tests: what a command prints does not depend on the terminal that the tests happen to run in."""

import os

os.environ.pop("COLUMNS", None)  # pytest-xdist gives its workers the width of the terminal
