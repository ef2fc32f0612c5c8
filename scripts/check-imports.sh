#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# What the compiler lets pass and we don't: Foundation in the libraries, imports that escape the access levels,
# @testable, files without the licence line, files of more than 600 lines.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

ceiling=600
failed=0

report() { # $1 what is wrong, standard input where
    local found
    found=$(cat)
    [ -n "$found" ] || return 0
    echo "$1"
    echo "$found" | sed 's/^/  /'
    failed=1
}

sources() { # the Swift files of the folders that exist
    local folder
    for folder in "$@"; do
        [ ! -d "$folder" ] || find "$folder" -name '*.swift' -not -path '*/.build*'
    done
}

search() { # $1 expression, then folders
    local expression=$1
    shift
    sources "$@" | tr '\n' '\0' | xargs -0 grep -nE "$expression" /dev/null |
        grep -vE '^[^:]*:[0-9]+:[[:space:]]*//' || true
}

# Every target has InternalImportsByDefault, so an import without a level is internal and each other one says so.
grep -q 'enableUpcomingFeature("InternalImportsByDefault")' Package.swift || failed=1
grep -qE 'for target in package\.targets' Package.swift || failed=1
[ "$failed" = 0 ] || echo "Package.swift must give every target InternalImportsByDefault, in a loop over its targets"

attributes='^[[:space:]]*(@[A-Za-z_]+(\([a-z]*\))? +)*((public|package|internal|fileprivate|private) +)?import +'
kinds='((struct|class|enum|protocol|typealias|func|let|var|actor) +)?'
report "Foundation may not be imported:" \
    < <(search "$attributes$kinds(Foundation[A-Za-z]*|NIOFoundation[A-Za-z]*)([. ]|\$)" Sources)
report "an attribute that gets round the access levels:" \
    < <(search '@_implementationOnly|@_spi|@_spiOnly' Sources)
report "@_exported belongs in a module's Exports.swift:" \
    < <(search '@_exported' Sources | grep -vE '^Sources/[A-Za-z]+/Exports\.swift:')
report "@testable (package access is enough):" \
    < <(search '@testable' Sources Tests Examples)

everything() {
    sources Sources Tests Snippets Examples Benchmarks Fuzzing
    find scripts .ci Benchmarks -type f \( -name '*.sh' -o -name '*.py' -o -name '*.c' -o -name run \)
}

too_long() {
    everything | while read -r file; do
        lines=$(wc -l < "$file" | tr -d ' ')
        [ "$lines" -le "$ceiling" ] || echo "$file: $lines"
    done
}

# The first line; the second where the first is for the system or the package manager.
unlicensed() {
    local line='Copyright the swift-zeromq authors\. Licensed under Apache-2\.0; see LICENSE\.'
    everything | while read -r file; do
        head -n 2 "$file" | grep -q "$line" || echo "$file"
    done
}

report "more than $ceiling lines:" < <(too_long)
report "no licence line at the top:" < <(unlicensed)

exit $failed
