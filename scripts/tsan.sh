#!/usr/bin/env bash
# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# Runs the tests under Thread Sanitizer, in a build folder of its own. A race ends the run and fails it.
# Arguments go to `swift test`: scripts/tsan.sh --filter ZeroMQTests
# TSAN_OPTIONS adds to the sanitizer's: TSAN_OPTIONS=halt_on_error=0 goes on to the next race.
set -euo pipefail
cd "$(dirname "$0")/.."

suppressions=$PWD/scripts/tsan-suppressions.txt
export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 suppressions=$suppressions ${TSAN_OPTIONS:-}"
export SWIFT_BACKTRACE=enable=no
# All is ten times slower; with all tests at once, many would not end within their limits of time.
width=$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-$width}

# ZMQ_TSAN has the modules use locks and continuations that the sanitizer understands; see Sources/ZeroMQ/Mutex.swift.
exec swift test --sanitize=thread --scratch-path .build-tsan --disable-xctest -Xswiftc -DZMQ_TSAN "$@"
