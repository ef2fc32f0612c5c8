#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# Keeps the arrows of docs/architecture.md inside the modules, where the compiler does not: a table of paths and
# of the words that may not appear there. Whole words; lines that are only a comment don't count.
#
#   scripts/check-layers.sh               check this checkout
#   scripts/check-layers.sh --self-test   show that every row of the table finds what it forbids
set -euo pipefail
export LC_ALL=C

# path (a folder, or a pattern of files) | words, regular expressions allowed
# Duties: the wire protocol and the patterns decide without I/O, time, tasks, locks or log; sessions and patterns
# meet only at the pipe; transports know bytes alone; sockets and contexts wire the rest.
table() {
    local engine='Session SessionHost Dialler Listener Transport TCPTransport IPCTransport'
    local patterns='RoundRobin FairQueue LoadBalancer FanOut RoutingTable SubscriptionTrie PrefixTree TopicCounts Publisher [A-Z][A-Za-z]*Pattern'
    local sockets='SocketCore (Req|Rep|Dealer|Router|Push|Pull|Pair|Pub|Sub|XPub|XSub|Any|Dynamic)Socket Context Proxy'
    local nio='NIOPosix Channel ChannelHandler ChannelHandlerContext EventLoop EventLoopGroup EventLoopFuture'
    local effects='async await Task TaskGroup actor Mutex Logger Logging Clock ContinuousClock SuspendingClock'
    local now='NIODeadline\.now'
    cat <<TABLE
Sources/ZMTP                              | $nio $effects $now ServerBootstrap ClientBootstrap Pipe $engine
Sources/ZeroMQ                            | ZeroMQServices ZeroMQTesting ArgumentParser
Sources/ZeroMQ/Pattern                    | NIOCore $nio $effects $now Connection $engine $sockets
Sources/ZeroMQ/Pipe                       | NIOPosix Channel ChannelHandler Logger Connection $engine $patterns $sockets
Sources/ZeroMQ/Session                    | $patterns $sockets
Sources/ZeroMQ/Transport                  | Session SessionHost Dialler Pipe Message Connection $patterns $sockets
Sources/ZeroMQ/Socket                     | Context Proxy Channel ChannelHandler ServerBootstrap ClientBootstrap
Sources/ZeroMQ/Proxy                      | $nio $engine $patterns
Sources/ZeroMQ/Pipe/*Gate.swift           | $nio $effects $now
Sources/ZeroMQ/Session/*Policy.swift      | $nio $effects $now
Sources/ZeroMQServices                    | NIOCore $nio $engine Pipe SocketCore
Sources/zmq                               | NIOCore $nio $engine Pipe SocketCore
TABLE
}

# Prints every forbidden word below the folder given; fails if there is one, or if a path of the table is gone.
check() {
    local root=$1 failed=0 path words expression files found
    cd "$root"
    while IFS='|' read -r path words; do
        path=$(echo "$path" | tr -d ' ')
        # Unquoted: the pattern is meant to expand.
        files=$(find $path -name '*.swift' 2>/dev/null || true)
        if [ -z "$files" ]; then
            echo "$path: nothing there; the table in scripts/check-layers.sh is out of date"
            failed=1
            continue
        fi
        expression=$(set -f; echo $words | tr ' ' '|')
        found=$(echo "$files" | tr '\n' '\0' | xargs -0 grep -nwE "$expression" /dev/null \
            | grep -vE '^[^:]*:[0-9]+:[[:space:]]*//' || true)
        if [ -n "$found" ]; then
            echo "$path may not name any of: $(set -f; echo $words)"
            echo "$found" | sed 's/^/  /'
            failed=1
        fi
    done < <(set -f; table)
    return $failed
}

# A clean tree passes; a comment or a longer word passes; every word of every row is found.
self_test() {
    local words path file word expected found count=0
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
    local saved="$tree/saved"
    while IFS='|' read -r path words; do
        path=$(echo "$path" | tr -d ' ')
        file=$(sample_file "$tree" "$path")
        mkdir -p "$(dirname "$file")"
        printf '// A Session, a Task, a Channel, an EventLoop.\n    /// await\nlet SessionsAwaited = 1\n' > "$file"
    done < <(set -f; table)
    (check "$tree") || { echo "self-test: a clean tree was refused"; return 1; }

    while IFS='|' read -r path words; do
        path=$(echo "$path" | tr -d ' ')
        file=$(sample_file "$tree" "$path")
        cp "$file" "$saved"
        set -f
        for word in $words; do printf 'let x = %s()\n' "$(example_of "$word")" >> "$file"; done
        expected=$(set -- $words; echo $#)
        set +f
        found=$( (check "$tree" || true) | sed -n "/^$(quoted "$path") may not/,/^[^ ]/p" | grep -c '^  ' || true)
        if [ "$found" != "$expected" ]; then
            echo "self-test: $path: $found of $expected forbidden words were found"
            return 1
        fi
        cp "$saved" "$file"
        count=$((count + expected))
    done < <(set -f; table)
    echo "self-test: all $count forbidden words are found"
}

quoted() {
    echo "$1" | sed 's/[*.\/]/\\&/g'
}

sample_file() {
    case $2 in
    *.swift) echo "$1/$(echo "$2" | sed 's|\*|Sample|')" ;;
    *) echo "$1/$2/Sample.swift" ;;
    esac
}

# A word that the expression stands for.
example_of() {
    echo "$1" | sed -e 's/\[A-Z\]\[A-Za-z\]\*/Req/' -e 's/(Req|[^)]*)/Req/' -e 's/\\//g'
}

case ${1:-} in
'') check "$(dirname "$0")/.." ;;
--self-test) self_test ;;
*) echo "usage: $0 [--self-test]" >&2; exit 2 ;;
esac
