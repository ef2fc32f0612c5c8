# Copyright the swift-zeromq authors. Licensed under Apache-2.0; see LICENSE.
#
# `make demo` and `make test` need nothing but a Swift toolchain; each installs what else it wants.
# ARGS goes to the program that a target runs: make test ARGS="--filter ZMTPTests", make bench ARGS=--quick

SWIFT ?= swift
# Warnings of this package are errors; those of its dependencies never show. `make test STRICT=` lets them pass.
STRICT ?= -Xswiftc -warnings-as-errors
ARGS ?=

.PHONY: help demo test bench costs format lint docs tsan clean

help:
	@echo "make demo     the asynchronous client/server at work, for some seconds"
	@echo "make test     all tests, against real ZeroMQ peers too"
	@echo "make bench    our figures against libzmq's on this machine"
	@echo "make costs    allocations and instructions a message, against the thresholds"
	@echo "make lint     format, layers and imports        make format   let swift-format repair"
	@echo "make docs     documentation, warnings as errors make tsan     tests under Thread Sanitizer"

demo:
	$(SWIFT) build -c release --product zmq
	@tool="$$($(SWIFT) build -c release --show-bin-path)/zmq"; \
	echo; echo "The load-balancing broker: zmq demo workers"; \
	"$$tool" demo workers --seconds 3 --workers 5 && \
	echo && echo "The asynchronous server: zmq demo server" && \
	"$$tool" demo server --seconds 5

# A thousand tests at the same time would take turns for so long that some miss their time limits.
test: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 16
test:
	scripts/install-peers.sh
	$(SWIFT) build --build-tests $(STRICT)
	scripts/run-tests.sh $(SWIFT) test --disable-xctest $(STRICT) $(ARGS)

bench:
	scripts/install-peers.sh
	python3 Benchmarks/bench.py $(ARGS)

costs:
	scripts/check-costs.sh $(ARGS)

format:
	scripts/format.sh --fix

lint:
	scripts/format.sh
	scripts/check-layers.sh
	scripts/check-imports.sh

docs:
	scripts/check-docs.sh

tsan:
	scripts/tsan.sh $(ARGS)

clean:
	$(SWIFT) package clean
	rm -rf .build-tsan Benchmarks/bin
