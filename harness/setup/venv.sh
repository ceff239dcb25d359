#!/bin/sh
# The virtual environment .venv with the locked dependencies and the `findbench` command; quick when nothing changed.
# $PYTHON names the interpreter to build it with (3.11 or later).
set -eu
cd "$(dirname "$0")/../.."

fail() {
    echo "setup: step \`venv\` failed: $1" >&2
    exit 2
}

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

install_venv_package() {
    version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null || fail "$python has no venv; install python$version-venv"
    echo "setup: installing python$version-venv (it makes virtual environments)" >&2
    apt-get update -qq > /dev/null 2>&1 || true # what counts is whether the install works
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "python$version-venv" > /dev/null ||
        fail "apt-get install python$version-venv did not work; see above"
}

python="$(find_python)" || fail "no Python 3.11 or later; install python3, or name one with PYTHON=/path/to/python3"
stamp="$({ cat harness/requirements.lock pyproject.toml "$0"; pwd; "$python" --version; } | sha256sum | cut -d' ' -f1)"
if [ "$(cat .venv/.stamp 2> /dev/null)" = "$stamp" ] && .venv/bin/python -c 'import click' 2> /dev/null; then
    echo "setup: virtual environment .venv is up to date" >&2
    exit 0
fi

if ! .venv/bin/python -m pip --version > /dev/null 2>&1; then
    "$python" -c 'import ensurepip, venv' 2> /dev/null || install_venv_package
    echo "setup: making the virtual environment .venv with $("$python" --version)" >&2
    "$python" -m venv --clear .venv || fail "$python -m venv did not work; see above"
fi
echo "setup: installing the locked dependencies into .venv (a minute or two the first time)" >&2
.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    -r harness/requirements.lock || fail "pip could not install harness/requirements.lock; check that it reaches a package index"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable . ||
    fail "installing the findbench command did not work; see above"
echo "$stamp" > .venv/.stamp
echo "setup: virtual environment .venv is ready" >&2
