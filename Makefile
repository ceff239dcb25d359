# Everything a person or CI runs. `make demo` and `make test` set up what they need; every step is quick when it is there.
# `make help` lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
DEMO := runs/demo
RUNS := 1000000
PEERS := .cache/peers
COVERED := sandbox_image/wire.py,harness/lab/oracle.py,harness/records.py,harness/scoring/*
LOCK := $(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate

.PHONY: help setup venv engine image demo test test-lm test-endurance fuzz coverage lint format docs bench bench-peers gvisor lock dist clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  \1 	/p' Makefile | expand -t 16

setup: image ## virtual environment, container engine, sandbox image

venv: ## .venv with the locked dependencies and the findbench command
	@harness/setup/venv.sh

engine: venv ## a container engine that answers
	@$(BIN)/findbench setup engine

image: venv ## the engine, the base image and the sandbox image
	@$(BIN)/findbench setup engine image

demo: setup ## the scientist studies 20 numeric functions, then the table; again = the table
	@$(BIN)/findbench run mini --category numeric --functions 20 --interpreter scientist --out $(DEMO) --concurrency 2

test: setup ## the test suite, on real containers
	@$(BIN)/python -m pytest -n 2 -q $(PYTEST)

test-lm: setup ## a few episodes with a real model: FINDBENCH_BASE_URL=http://... [FINDBENCH_MODEL=...] make test-lm
	@test -n "$$FINDBENCH_BASE_URL" || { echo "set FINDBENCH_BASE_URL to an OpenAI-compatible server" >&2; exit 2; }
	@$(BIN)/python -m pytest -q -m lm $(PYTEST)

test-endurance: setup ## 1000 episodes in a row: do memory, descriptors, threads, containers or directories grow?
	@PYTHONPATH=tests $(BIN)/python tests/faults/endurance.py 1000

fuzz: venv ## coverage-guided fuzzing of what parses a lab's bytes: make fuzz RUNS=10000000
	@mkdir -p .cache
	@for share in frames:3 outputs:3 texts:2 oracle:1 streams:1; do \
		name=$${share%:*} log=.cache/fuzz-$${share%:*}.log; \
		$(BIN)/python tests/fuzz/fuzz_$$name.py -runs=$$(($(RUNS) / 10 * $${share#*:})) > $$log 2>&1 || \
			{ tail -n 40 $$log; exit 1; }; \
		echo "$$name: $$(grep DONE $$log)"; \
	done

coverage: setup ## the test suite with coverage: all, then what must stay at 95 % or more
	@$(BIN)/python -m pytest -n 2 -q --cov --cov-report= $(PYTEST)
	@$(BIN)/coverage report
	@$(BIN)/coverage report --fail-under=95 --include='$(COVERED)'

lint: venv ## ruff for lint and format, strict types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: venv ## let ruff rewrite what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: setup ## run every Python example of the README and of docs/
	@$(BIN)/python -m pytest -q tests/test_docs.py

bench: setup ## measure experiments, oracle calls and labs beside docker exec and docker run
	@$(BIN)/findbench bench $(BENCH)

bench-peers: setup ## the same, beside other sandboxes (in an environment of their own on top of .venv)
	@test -x $(PEERS)/bin/python || $(BIN)/python -m venv $(PEERS)
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > $(PEERS)/site.tmp
	@echo "$(CURDIR)/src" >> $(PEERS)/site.tmp
	@mv $(PEERS)/site.tmp "$$($(PEERS)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r harness/bench/peers.lock
	@$(PEERS)/bin/python -m findbench.harness.cli bench $(BENCH)

gvisor: venv ## install gVisor's runsc and make it a runtime of the engine (changes /etc/docker/daemon.json)
	@$(BIN)/findbench setup engine gvisor

lock: venv ## lock the newest versions of all dependencies
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(LOCK) --universal pyproject.toml --extra build --extra dev -o harness/requirements.lock
	@printf 'numpy\nscipy\n' | $(LOCK) --only-binary :all: - -o sandbox_image/requirements.lock
	@printf 'pip\n' | $(LOCK) --only-binary :all: - -o sandbox_image/installer.lock

dist: venv ## build and check the sdist and, from it, the wheel, in dist/
	@rm -rf dist
	@$(BIN)/python -m build --no-isolation --outdir dist .
	@$(BIN)/check-wheel-contents --toplevel findbench dist

clean: ## remove what set-up and tests made here (not runs/, not the engine, not the images)
	@rm -rf .venv .cache dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
