#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# Compiles the documentation of every library, warnings being errors: broken links, unknown parameters, pages that
# nothing curates. A link to another module's symbol begins with a slash: ``/ZMTP/Message``. The example in the README
# must be the snippet that is compiled. The pages are left in .build/documentation, one archive a module.
set -euo pipefail
cd "$(dirname "$0")/.."

# A module stands after those that it links to.
modules="ZMTP ZeroMQ ZeroMQServices ZeroMQTesting"

if ! diff <(sed -n '/^```swift$/,/^```$/p' README.md | sed '1d; /^```$/,$d') <(sed '1,/^$/d' Snippets/FirstSocket.swift)
then
    echo "the first Swift example of README.md is not Snippets/FirstSocket.swift"
    exit 1
fi

docc=$(command -v docc || xcrun --find docc 2>/dev/null) || { echo "docc is not in the toolchain" >&2; exit 1; }
output=.build/documentation
rm -rf "$output"
mkdir -p "$output/graphs"

# The command also asks for the tests' generated modules and fails where they have none, so its result is judged by
# what it wrote.
graphs=$(swift build --show-bin-path)/../symbolgraph
rm -rf "$graphs"
log=$output/symbols.log
swift package dump-symbol-graph --skip-synthesized-members > "$log" 2>&1 || true
for module in $modules; do
    [ -s "$graphs/$module.symbols.json" ] || { cat "$log"; echo "no symbols of $module"; exit 1; }
done

archives=()
for module in $modules; do
    mkdir "$output/graphs/$module"
    # The module's own symbols, and those that it adds to other modules' types.
    cp "$graphs/$module".symbols.json "$output/graphs/$module"
    find "$graphs" -name "$module@*.symbols.json" -exec cp {} "$output/graphs/$module" \;
    catalog=$(find "Sources/$module" -maxdepth 1 -name '*.docc')
    "$docc" convert ${catalog:+"$catalog"} --additional-symbol-graph-dir "$output/graphs/$module" \
        --fallback-display-name "$module" --fallback-bundle-identifier "swift-zeromq.$module" \
        ${archives[@]+"${archives[@]}"} --enable-experimental-external-link-support \
        --warnings-as-errors --output-dir "$output/$module.doccarchive" 2>&1 | sed '/^$/d'
    archives+=(--dependency "$output/$module.doccarchive")
    echo "$module: documentation compiles"
done
