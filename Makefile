# Thin verbs over SwiftPM; `make help` lists them.

SHELL := /bin/bash
PREFIX ?= /usr/local
SWIFT ?= swift
# Tests run in the debug configuration, users get the release one.
CHECKS := --explicit-target-dependency-import-check error
RELEASE := -c release --static-swift-stdlib -Xswiftc -gnone
BINARY := .build/release/skiff

BUILD_PACKAGES := libseccomp-dev libsqlite3-dev libyaml-dev libarchive-dev libnftables-dev zlib1g-dev pkg-config
RUN_PACKAGES := mmdebstrap nftables iproute2 busybox-static ca-certificates curl

.DEFAULT_GOAL := help
.PHONY: help deps build test test-unit test-serial check format bench demo demo-down install clean

help: ## List the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## Install the Debian packages that building, testing and the demo need
	@if [ "$$(id -u)" != 0 ]; then echo "make deps installs Debian packages: run it as root" >&2; exit 1; fi
	@missing=""; for package in $(BUILD_PACKAGES) $(RUN_PACKAGES); do \
	    dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'install ok' || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then echo "every package is there"; else \
	    echo "installing:$$missing"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	fi

build: ## Build the release binary (.build/release/skiff)
	$(SWIFT) build $(RELEASE) --product skiff
	strip $(BINARY)

test: test-unit test-serial ## Run all tests (some need root; they say so)

# Two passes: suites named …Serial touch the host's global state and run alone.
test-unit: build-tests
	$(SWIFT) test --skip-build --skip Serial

test-serial: build-tests
	$(SWIFT) test --skip-build --filter Serial --no-parallel

.PHONY: build-tests
build-tests:
	$(SWIFT) build --build-tests $(CHECKS)
	$(SWIFT) package describe --type json > .build/package.json

check: build-tests ## Format, import plan and house rules
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests
	$(SWIFT) test --skip-build --filter TidyTests

format: ## Rewrite the sources in the house format
	$(SWIFT) format -i --recursive --parallel Package.swift Sources Tests

bench: build ## Measure Skiff beside the peers that are installed (needs root)
	$(SWIFT) build $(RELEASE) --product skiff-bench
	.build/release/skiff-bench --skiff $(abspath $(BINARY)) $(BENCH_FLAGS)

demo: build ## Tell the whole story on a real Python web app (needs root)
	SKIFF=$(abspath $(BINARY)) Examples/demo/run

demo-down: ## Remove what the demo made and check that nothing is left
	SKIFF=$(abspath $(BINARY)) Examples/demo/down

install: build ## Install the binary to $(PREFIX)/bin
	install -D -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/skiff

clean: ## Remove what was built
	$(SWIFT) package clean
