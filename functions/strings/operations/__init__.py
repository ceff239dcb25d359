"""All string operations. A new one is a decorated function in one of these modules, or in a new one imported here."""

from findbench.functions.strings.operations import add, case, count, order, replace, select, shift
from findbench.functions.strings.registry import OPERATIONS, Operation

__all__ = ["OPERATIONS", "Operation", "add", "case", "count", "order", "replace", "select", "shift"]
