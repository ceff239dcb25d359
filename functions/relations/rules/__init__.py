"""The relations, one module per library; importing this package registers them all: it imports every module beside it.

Needs the libraries that the facts come from. What ships, and what functions use, is the table that `build` makes of it.
"""

from findbench.functions.discovery import import_all

import_all(__name__)
