"""How code finds code: the two ways that this project registers something, and there are no others.

- What is many and small (an atom, a string operation, a rule of a relation) registers itself where it is defined;
  `import_all` imports every module of its package, so that a new file is enough.
- What is few and heavy (a category, a command, an interpreter, a judge) stands in a table, name -> "module:attribute",
  so that a name can be listed and checked without importing what it names; `load_object` resolves an entry.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def load_object(path: str) -> Any:
    """What "package.module:attribute" names.

    Raises ValueError if the path does not have this form, ImportError if there is no such module, AttributeError if the
    module has no such attribute; and whatever the module itself raises while it is imported.
    """
    module, colon, attribute = path.partition(":")
    if not (module and colon and attribute):
        raise ValueError(f"{path!r} does not name an object: write it as module:attribute")
    value: Any = import_module(module)
    for part in attribute.split("."):
        value = getattr(value, part)
    return value


def import_all(package: str) -> None:
    """Imports every module of a package, in the order of their names, so that what they define is registered."""
    parent = import_module(package)
    for module in sorted(module.name for module in iter_modules(parent.__path__)):
        import_module(f"{package}.{module}")
