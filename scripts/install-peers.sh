#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# Sees to the foreign ZeroMQ programs that the tests and the benchmark talk to, and installs what is missing:
#   libzmq with its headers, and pyzmq for /usr/bin/python3      Debian packages, by apt when run as root
#   pyomq, an implementation that is not libzmq                  from PyPI, into .venv
# Where the system can't be changed, pyzmq goes into .venv as well, and the rest is named. Without a peer the tests
# that need it are skipped; with CI=true in the environment a missing peer is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/packages.sh
. scripts/packages.sh

python=/usr/bin/python3
missing=()

have_header() {
    echo '#include <zmq.h>' | "${CC:-cc}" -fsyntax-only -x c - 2>/dev/null ||
        { command -v pkg-config > /dev/null && pkg-config --exists libzmq; }
}
have_pyzmq() { "$1" -c 'import zmq' 2>/dev/null; }
have_venv() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

wanted_packages() {
    command -v "${CC:-cc}" > /dev/null || echo gcc libc6-dev
    [ -x "$python" ] || echo python3
    have_header || echo libzmq3-dev
    have_pyzmq "$python" || echo python3-zmq
    have_venv || echo python3-venv
}

# 1. Packages of the system
if [ -n "$(wanted_packages)" ] && ! can_install && command -v brew > /dev/null; then
    echo "to be installed: brew install zeromq pkg-config"
else
    # shellcheck disable=SC2046
    install_packages $(wanted_packages)
fi
have_header || missing+=("libzmq and its headers")

# 2. Python peers in .venv
install_in_venv() {
    [ -x .venv/bin/python ] || "$python" -m venv .venv || return 1
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --retries 2 "$@"
}
has_module() { [ -x .venv/bin/python ] && .venv/bin/python -c "import $1" 2>/dev/null; }

if have_venv; then
    if ! have_pyzmq "$python" && ! has_module zmq; then
        echo "installing pyzmq into .venv"
        install_in_venv pyzmq || true
    fi
    if ! has_module pyomq; then
        echo "installing pyomq into .venv"
        install_in_venv pyomq || true
    fi
fi
have_pyzmq "$python" || has_module zmq || missing+=("pyzmq")
has_module pyomq || missing+=("pyomq")

# 3. The account
if [ ${#missing[@]} -gt 0 ]; then
    for peer in "${missing[@]}"; do echo "not available: $peer"; done
    if [ "${CI:-}" = true ]; then
        echo "error: under CI every peer must be there" >&2
        exit 1
    fi
    echo "the tests that need them will be skipped"
else
    echo "peers: libzmq, pyzmq, pyomq"
fi
