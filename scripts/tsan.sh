#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# Runs the tests under Thread Sanitizer, in a build folder of its own. A race ends the run with code 66.
# Arguments go to `swift test`: scripts/tsan.sh --filter ZeroMQTests
set -euo pipefail
cd "$(dirname "$0")/.."

export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 ${TSAN_OPTIONS:-}"
export SWIFT_BACKTRACE=enable=no
exec swift test --sanitize=thread --scratch-path .build-tsan --disable-xctest "$@"
