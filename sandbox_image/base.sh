#!/bin/sh
# Write a minimal Debian bookworm root file system with Python 3.11 (and what numpy loads) as a tar to stdout, from the distribution's packages.
# Arguments: apt source lines ("deb http://... bookworm main"); none = Debian's own servers.
# The same packages give the same bytes: every time stamp is clamped to SOURCE_DATE_EPOCH.
set -eu
export SOURCE_DATE_EPOCH=1700000000
exec mmdebstrap --quiet --variant=essential --format=tar --include=python3,libstdc++6 \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    bookworm - "$@"
