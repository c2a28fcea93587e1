# The targets are the README's; `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh

BIN   := bin/claude-max-api
TOOLS := .tools

# The Claude Code CLI versions that everything is tested with: what npm gives to
# Node 20, and what it gives to newer ones. The demo fetches the second.
CLI_OLD := 2.1.197
CLI_NEW := 2.1.330
# The oldest that works, with less: see "Which CLI" in the README.
CLI_OLDEST := 2.1.100
cli = $(TOOLS)/claude/$(1)/node_modules/.bin/claude

# What `make bench` compares with.
NPM_VERSION := 1.0.0
NPM_PROXY   := $(TOOLS)/npm-claude-max-api-proxy

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0

export CGO_ENABLED ?= 1
export CLAUDE_TEST_CLIS := $(CURDIR)/$(TOOLS)/claude

# The clients of the conformance suite. Each state of its lock file has a folder of
# its own, so that checkouts can share .tools.
SUITE   := build/conformance
CLIENTS := $(TOOLS)/conformance/$(shell cksum < $(SUITE)/package-lock.json | cut -d ' ' -f 1)
CLIENTS_FETCHED := $(CLIENTS)/node_modules/.package-lock.json
export CONFORMANCE_CLIENTS := $(CURDIR)/$(CLIENTS)

# The agents of the suite, which are large, and so have a folder of their own.
AGENTS := $(TOOLS)/agents/$(shell cksum < $(SUITE)/agents/package-lock.json | cut -d ' ' -f 1)
AGENTS_FETCHED := $(AGENTS)/node_modules/.package-lock.json
export CONFORMANCE_AGENTS := $(CURDIR)/$(AGENTS)

# OpenClaw, and the Node that it needs, which is newer than what many have.
OPENCLAW_VERSION := 2026.9.6
OPENCLAW_NODE    := node-linux-$(if $(filter x86_64,$(shell uname -m)),x64,arm64)@26.10.0
OPENCLAW_CLIENT  := $(TOOLS)/openclaw/$(OPENCLAW_VERSION)
export OPENCLAW_TEST_CLIENT := $(CURDIR)/$(OPENCLAW_CLIENT)

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/claude-max-api
	@mkdir -p bin
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/claude-max-api

.PHONY: demo
demo: build ## try it without an account: the real CLI in front of an offline model
	@cli=$$(command -v claude || true); \
	if [ -z "$$cli" ]; then cli=$(call cli,$(CLI_NEW)); $(MAKE) --no-print-directory $$cli || exit 1; fi; \
	exec $(BIN) demo --claude "$$cli" $(ARGS)

.PHONY: run
run: build ## run it with your own Claude Code and its login, with its icon where there is a desktop
	@exec $(BIN) $(ARGS)

.PHONY: install
install: ## put claude-max-api where Go puts programs (go env GOBIN, or GOPATH/bin)
	go install -trimpath -ldflags "-s -w -X main.version=$(VERSION)" ./cmd/claude-max-api

# The tests need no vet of their own after go vet. A program with the race detector would
# sleep for a second before it exits. What is short below build only reads and draws files.
.PHONY: check
check: ## vet, format, staticcheck and the unit tests, two to three minutes on two cores
	go vet ./...
	@bad=$$(go run $(GOFUMPT) -l .); if [ -n "$$bad" ]; then echo "gofumpt would change:"; echo "$$bad"; exit 1; fi
	go run $(STATICCHECK) ./...
	GORACE=atexit_sleep_ms=0 go test -vet=off -race -short $$(go list ./... | grep -v /build/)
	go test -vet=off -short ./build/...

# Packages that have no use for -short have run whole in check. The others start real
# CLIs, clients and browsers, one package after the other: some tests look at the clock.
.PHONY: test
test: programs ## everything: check, and all tests with both real CLIs and real clients
	@$(MAKE) --no-print-directory -j 3 fetched check # the one waits for the network, the other for the processor
	go vet -C $(SUITE)/goclients ./...
	cd $(SUITE)/goclients && go run $(STATICCHECK) ./...
	go test -vet=off -p 1 -timeout 20m $$(grep -rlE --include '*_test.go' 'testing\.Short\(|claudetest\.' app build cmd proxy | xargs -n 1 dirname | sort -u | sed 's,^,./,')
	$(MAKE) --no-print-directory fuzz FUZZTIME=2000x

# How long each fuzz target runs: a time, or a number of inputs as 3000x. The targets of
# a package share one program, which "go test -fuzz" would link for each.
FUZZTIME := 30s

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (30s)
	@mkdir -p bin; cache=$$(go env GOCACHE)/fuzz/$$(go list -m); \
	for package in $$(grep -rl --include '*_test.go' '^func Fuzz' app build cmd proxy | xargs -n 1 dirname | sort -u); do \
		go test -c -vet=off -fuzz . -o bin/fuzz.test "./$$package" || exit 1; \
		cd "$$package"; \
		for target in $$($(CURDIR)/bin/fuzz.test -test.list '^Fuzz'); do \
			out=$$($(CURDIR)/bin/fuzz.test -test.run '^$$' -test.fuzz "^$$target\$$" -test.fuzztime $(FUZZTIME) \
				-test.fuzzminimizetime 1x -test.fuzzcachedir "$$cache/$$package" 2>&1) || { echo "$$out"; exit 1; }; \
			echo "$$target: $$(echo "$$out" | sed -n 's/.*\(execs: [0-9]*\).*/\1/p' | tail -n 1)"; \
		done; \
		cd $(CURDIR); \
	done

.PHONY: conformance
conformance: $(call cli,$(CLI_OLD)) $(call cli,$(CLI_NEW)) $(CLIENTS_FETCHED) $(AGENTS_FETCHED) $(if $(filter Linux,$(shell uname)),$(OPENCLAW_CLIENT)) ## real clients through both real CLIs; writes and shows docs/compatibility.md
	go test -count 1 -timeout 40m ./$(SUITE) -update
	@sed -n '/^| client/,$$p' docs/compatibility.md

# Debian's package of each program that the tests drive.
PROGRAMS := curl:curl Xvfb:xvfb dbus-daemon:dbus dbus-launch:dbus-x11 xdotool:xdotool import:imagemagick \
	xprop:x11-utils xfce4-panel:xfce4-panel dunst:dunst notify-send:libnotify-bin openbox:openbox xclip:xclip \
	gdbus:libglib2.0-bin dex:dex desktop-file-validate:desktop-file-utils chromium:chromium
# What has no program of its own, but a place.
PICTURES := /usr/share/fonts/truetype/dejavu:fonts-dejavu-core /usr/share/icons/Adwaita:adwaita-icon-theme

.PHONY: tools fetched programs
tools: fetched programs # what the tests drive

fetched: $(call cli,$(CLI_OLDEST)) $(call cli,$(CLI_OLD)) $(call cli,$(CLI_NEW)) $(CLIENTS_FETCHED) $(AGENTS_FETCHED) $(if $(filter Linux,$(shell uname)),$(OPENCLAW_CLIENT))

programs:
	@missing=; for pair in $(PROGRAMS); do command -v "$${pair%%:*}" >/dev/null || missing="$$missing $${pair##*:}"; done; \
	if [ "$$(uname)" != Linux ]; then \
		command -v curl >/dev/null || { echo "the tests need curl; install it"; exit 1; }; \
		exit 0; \
	fi; \
	for pair in $(PICTURES); do [ -e "$${pair%%:*}" ] || missing="$$missing $${pair##*:}"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else \
		echo "not installed:$$missing (Debian's names)."; \
		case "$$missing " in *" curl "*) echo "the tests need curl; install it"; exit 1;; esac; \
		echo "The tests that drive a desktop are skipped without, and fail in CI. To install:"; \
		echo "  sudo apt-get install --no-install-recommends$$missing"; \
	fi

.PHONY: bench
bench: build $(call cli,$(CLI_OLD)) $(call cli,$(CLI_NEW)) $(NPM_PROXY) ## compare with the npm package through the same real CLIs, offline
	go build -o bin/bench ./build/bench
	@exec bin/bench -cli $(CLI_OLD),$(CLI_NEW) -npm $(NPM_PROXY) $(ARGS)

# For instance ARGS='-for 1h', '-cli scripted' or '-seed 7'; see build/soak.
.PHONY: soak
soak: $(call cli,$(CLI_OLD)) $(call cli,$(CLI_NEW)) ## a mixed load for a while, with clients that leave and processes that are killed, offline
	@go test -count 1 -timeout 0 -v -run '^TestSoak$$' ./build/soak -args -for 10m $(ARGS)

$(TOOLS)/claude/%/node_modules/.bin/claude:
	@echo "fetching Claude Code $* (60 to 300 MB) into $(TOOLS)/claude/$*"
	@mkdir -p $(TOOLS)/claude/$*
	@npm install --loglevel error --no-update-notifier --no-audit --no-fund --force --prefix $(TOOLS)/claude/$* @anthropic-ai/claude-code@$*

$(CLIENTS_FETCHED): $(SUITE)/package.json $(SUITE)/package-lock.json
	@echo "fetching the clients of the conformance suite (about 350 MB) into $(CLIENTS)"
	@mkdir -p $(CLIENTS)
	@cp $^ $(CLIENTS)
	@cd $(CLIENTS) && npm ci --loglevel error --no-update-notifier --no-audit --no-fund --ignore-scripts
	@touch $@

# Not npm ci: it wants the lock to name the agents' packages for all systems, and not every
# registry has those.
$(AGENTS_FETCHED): $(SUITE)/agents/package.json $(SUITE)/agents/package-lock.json
	@echo "fetching the agents of the conformance suite (about 900 MB) into $(AGENTS)"
	@mkdir -p $(AGENTS)
	@cp $^ $(AGENTS)
	@cd $(AGENTS) && npm install --loglevel error --no-update-notifier --no-audit --no-fund --ignore-scripts
	@touch $@

$(OPENCLAW_CLIENT):
	@echo "fetching OpenClaw $(OPENCLAW_VERSION) with its Node (about 850 MB) into $@"
	@npm install --loglevel error --no-update-notifier --no-audit --no-fund --ignore-scripts --prefix $@ openclaw@$(OPENCLAW_VERSION) $(OPENCLAW_NODE) || { rm -rf $@; exit 1; }

$(NPM_PROXY):
	@echo "fetching the npm package claude-max-api-proxy $(NPM_VERSION) into $@"
	@npm install --loglevel error --no-update-notifier --no-audit --no-fund --prefix $@ claude-max-api-proxy@$(NPM_VERSION) || { rm -rf $@; exit 1; }

.PHONY: clean
clean: ## remove what was built and fetched
	rm -rf bin dist $(TOOLS)
