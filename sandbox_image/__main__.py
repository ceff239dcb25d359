"""What the image starts: `python /lab`, where this file lies beside the packages."""

from sandbox_image.runner import main

main()
