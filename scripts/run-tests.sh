#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# Runs what it is given, `swift test` with its arguments, and ends as it ends. Tests run side by side, so what failed
# stands somewhere among thousands of lines: it is said again at the end, with the test's time limit if that was it.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"$@" 2>&1 | tee "$log"
status=${PIPESTATUS[0]}
if [ "$status" != 0 ]; then
    echo
    echo "What failed:"
    grep -aE '^✘|^. Test .* recorded an issue|error: |Fatal error|crashed' "$log" | sort -u | tail -n 100
fi
exit "$status"
