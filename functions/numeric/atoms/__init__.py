"""The atoms, one file per shape. Importing this package registers them all: it imports every module beside it."""

import pkgutil
from importlib import import_module

for _module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")
