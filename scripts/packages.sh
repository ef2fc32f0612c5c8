#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# For other scripts to source: installing Debian packages where that is possible, naming them where it isn't.

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; }

apt_install() { # tries with the package lists that are there, then with new ones
    local log
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    if ! apt-get install -y -qq --no-install-recommends "$@" > "$log" 2>&1 < /dev/null; then
        if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } > "$log" 2>&1 < /dev/null
        then
            cat "$log" >&2
        fi
    fi
    rm -f "$log"
}

install_packages() { # the packages' names; says what it does
    [ $# -gt 0 ] || return 0
    if can_install; then
        echo "installing $*"
        apt_install "$@"
    else
        echo "to be installed, as root: apt-get install $*"
    fi
}
