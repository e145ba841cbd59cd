.DEFAULT_GOAL := help
.PHONY: help build test lint race bench bench-kernels bench-peers oracle qemu fuzz ci

# Each fuzz target runs this long.
FUZZTIME ?= 30s
# How often each kernel's benchmark runs, for benchstat.
BENCHCOUNT ?= 6
# Flags of bench/run.py, such as --rows lstm8 --rounds 3.
BENCHFLAGS ?=

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

build: ## the recurve command, into dist/
	go build -trimpath -o dist/ ./cmd/recurve

test: ## all tests; those on the IMDB data need RECURVE_DATA
	go test ./...

lint: ## gofmt, go vet and golangci-lint
	.ci/run format vet lint

race: ## the race detector on the packages that start goroutines
	.ci/run race

bench: ## all benchmarks
	go test -run '^$$' -bench . -benchmem ./...

bench-kernels: ## each kernel of each set, BENCHCOUNT times; compare two with benchstat
	@go test -run '^$$' -bench . -count $(BENCHCOUNT) ./internal/kernel

bench-peers: ## Recurve beside Keras and PyTorch, into bench/results (makes a Python environment at first)
	python3 bench/run.py $(BENCHFLAGS)

oracle: ## the checks against real Keras (makes a Python environment at first)
	.ci/run oracle

qemu: ## the tests of the arithmetic for arm64, in qemu-aarch64
	.ci/run fusion qemu

fuzz: ## every fuzz target for FUZZTIME
	@set -e; for dir in $$(go list -f '{{.Dir}}' ./...); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' $$dir/*_test.go 2>/dev/null); do \
			echo "$$dir $$target"; \
			(cd $$dir && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) .); \
		done; \
	done

ci: ## everything that must pass before a change goes in
	.ci/run
