#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# A program that imports ZeroMQ must not load Foundation: it would cost such programs tens of megabytes and
# milliseconds at their start. Looks at the linked snippet, which imports ZeroMQ and nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

program=FirstSocket
# The same flags as `make test`, so that nothing is compiled twice.
swift build -Xswiftc -warnings-as-errors --product "$program"
binary=$(swift build --show-bin-path)/$program

case $(uname -s) in
Darwin) libraries=$(otool -L "$binary" | tail -n +2 | awk '{print $1}') ;;
*) libraries=$(readelf -d "$binary" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p') ;;
esac

if ! echo "$libraries" | grep -q swiftCore; then
    echo "$binary: no Swift library among what it loads; this check looks at the wrong thing"
    exit 1
fi
if echo "$libraries" | grep -i foundation; then
    echo "$binary loads Foundation, though it only imports ZeroMQ"
    exit 1
fi
echo "$program loads no Foundation; it loads:" $libraries
