"""What the image starts: `python /lab`, where this file lies beside the package."""

from importlib import import_module

import_module("sandbox_image.runner").main()  # the package's name in the image, where it is in no other package
