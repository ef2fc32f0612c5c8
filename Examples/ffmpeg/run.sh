#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# ffmpeg publishes a test picture as an MPEG transport stream over ZeroMQ; the tool `zmq sub` receives it into a file,
# and ffprobe finds the video in it. Installs ffmpeg where it is missing (Debian, Ubuntu).
#
#   Examples/ffmpeg/run.sh [PATH-OF-ZMQ]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
zmq=${1:-}
if [ -z "$zmq" ]; then
    swift build --package-path "$root" --product zmq >&2
    zmq=$(swift build --package-path "$root" --product zmq --show-bin-path)/zmq
fi

if ! command -v ffmpeg >/dev/null; then
    echo "installing ffmpeg" >&2
    as_root=$([ "$(id -u)" = 0 ] || echo sudo)
    $as_root apt-get update -q >/dev/null
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ffmpeg >/dev/null
fi
# An early answer of grep would break the pipe.
if [ -z "$(ffmpeg -hide_banner -protocols 2>/dev/null | grep zmq)" ]; then
    echo "error: this ffmpeg was built without ZeroMQ" >&2
    exit 1
fi

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

# The subscriber is there first and waits; a message is a piece of the stream.
"$zmq" sub --connect "tcp://127.0.0.1:$port" --count 100 --timeout 60 --format hex > "$folder/stream.hex" &
subscriber=$!
# As fast as a camera would be, until nobody listens any more.
ffmpeg -hide_banner -loglevel error -nostdin -re -f lavfi -i testsrc=size=320x240:rate=25 \
    -c:v mpeg2video -f mpegts "zmq:tcp://127.0.0.1:$port" &
wait "$subscriber"
python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' < "$folder/stream.hex" > "$folder/stream.ts"
echo "received: $(wc -c < "$folder/stream.ts") octets in 100 messages"
ffprobe -hide_banner -loglevel error -show_entries stream=codec_name,width,height -of csv=p=0 "$folder/stream.ts" | head -1
