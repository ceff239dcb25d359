"""The string operations. Importing this package registers them all: it imports every module beside it."""

from findbench.functions.discovery import import_all
from findbench.functions.strings.registry import OPERATIONS, Operation

import_all(__name__)

__all__ = ["OPERATIONS", "Operation"]
