"""The atoms, one file per shape. Importing this package registers them all: it imports every module beside it."""

from findbench.functions.discovery import import_all

import_all(__name__)
