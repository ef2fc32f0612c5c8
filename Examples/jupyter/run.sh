#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# Installs ipykernel into a folder of its own, starts a kernel, and lets the example `jupyter` run Python code in it.
#
#   Examples/jupyter/run.sh ['CODE']
set -euo pipefail
cd "$(dirname "$0")/.."

code=${1:-'
import time
for number in range(3):
    print("step", number, flush=True)
    time.sleep(0.3)
6 * 7'}

folder=.build/jupyter
if [ ! -x "$folder/bin/python" ]; then
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet ipykernel
fi

connection=$(mktemp -d)/kernel.json
# An empty key: messages are not signed. Ports of 0: the kernel chooses them and writes them down.
cat > "$connection" <<JSON
{"transport": "tcp", "ip": "127.0.0.1", "key": "", "signature_scheme": "hmac-sha256",
 "shell_port": 0, "iopub_port": 0, "stdin_port": 0, "control_port": 0, "hb_port": 0}
JSON
"$folder/bin/python" -m ipykernel_launcher -f "$connection" > /dev/null 2>&1 &
kernel=$!
trap 'kill $kernel 2>/dev/null; rm -rf "$(dirname "$connection")"' EXIT
for _ in $(seq 200); do
    grep -q '"shell_port": 0' "$connection" || break
    sleep 0.1
done
swift run --quiet jupyter "$connection" "$code"
