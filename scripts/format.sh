#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
#   scripts/format.sh         say what swift-format would change or forbids; fails if there is anything
#   scripts/format.sh --fix   let it change what it can
set -euo pipefail
cd "$(dirname "$0")/.."

paths=(Package.swift)
for folder in Sources Tests Snippets Examples Fuzzing; do
    [ ! -d "$folder" ] || paths+=("$folder")
done

# Folders are expanded here, so that build folders inside them are left alone.
files() {
    find "${paths[@]}" -name '*.swift' -not -path '*/.build*' -print0
}

case ${1:-} in
'') files | xargs -0 swift format lint --strict --parallel --configuration .swift-format ;;
--fix) files | xargs -0 swift format format --in-place --parallel --configuration .swift-format ;;
*) echo "usage: $0 [--fix]" >&2; exit 2 ;;
esac
