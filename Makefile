# The verbs of Lull. `make forecast` and `make test` set up everything they need; nothing else has to be run first.
.DEFAULT_GOAL := help
.PHONY: help forecast figures pictures app test integration slow fuzz audit floor lint format types bench profile lock browser clean
SHELL := /bin/bash

# A `uv` that answers here is used (a pyenv shim may stand on the PATH and not work); otherwise a private one in .uv/.
# It trusts the system's certificates, since many networks have one of their own.
UV := $(shell if uv --version >/dev/null 2>&1; then echo uv; else echo .uv/bin/uv; fi)
export UV_SYSTEM_CERTS ?= true
BIN := .venv/bin
RIVALS := .cache/rivals# an environment of their own: what they bring would be imported, and timed, with Lull
PACKAGES := data model scenarios evaluation ledger batch watch pages cli
# As many workers as cores, each with whole files: what a file compiles, it compiles once. A worker that dies ends the run
# and names its test: in its place another could wait for ever.
PARALLEL := -n logical --maxprocesses 4 --dist loadfile --max-worker-restart 0
BENCHMARKS := start whatif questions batch browser crowd importing scaling store
CODE := $(PACKAGES) app.py tests benchmarks
LOCK := $(UV) pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-annotate --no-header \
	--no-emit-index-url pyproject.toml
EXTRAS := --extra login --extra baselines --extra frames --extra plots

help: ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

forecast: .venv/ready ## forecast the embedded case (ARGS="--horizon 12" passes options on)
	$(BIN)/lull forecast $(ARGS)

figures: .venv/ready ## forecast the embedded case and put its figures into the README and docs/drivers.md
	$(BIN)/python docs/figures/embedded_case.py $(ARGS)
	$(BIN)/python docs/figures/driver_contrasts.py $(ARGS)

pictures: .venv/ready browser ## walk through the page and keep its pictures in docs/ (after `make forecast`)
	$(BIN)/python docs/figures/walk_through.py $(ARGS)

app: .venv/ready ## open the page in the browser
	$(BIN)/lull app

test: .venv/ready ## run the tests that take minutes (tests/README.md says which these are)
	$(BIN)/pytest -q $(PARALLEL) $(ARGS)

integration: .venv/ready browser ## run the tests with real fits and a real browser
	$(BIN)/pytest -q -m "integration and not slow" $(PARALLEL) $(ARGS)

slow: .venv/ready ## run the statistical tests: recovery, calibration, coverage
	$(BIN)/pytest -q -m slow --hypothesis-profile thorough $(ARGS)

fuzz: .venv/ready ## try damaged and hostile inputs for 30 minutes (ARGS="--minutes 5 --seed 1")
	$(BIN)/python tests/fuzz.py $(ARGS)

audit: .uv/ready ## compare the locks with a database of known vulnerabilities (OSV), and say what is known
	$(UV) tool run --quiet pip-audit@2.10.1 --vulnerability-service osv --disable-pip --require-hashes --progress-spinner off \
	-r requirements-login.lock -r requirements-dev.lock $(ARGS)

floor: .uv/ready ## run a real fit and the command on the oldest versions that pyproject.toml allows
	$(UV) venv --quiet --allow-existing --python "$$(cat .python-version)" .cache/floor
	$(UV) pip install --quiet --python .cache/floor/bin/python --resolution lowest-direct --upgrade --group dev -r pyproject.toml
	$(UV) pip install --quiet --python .cache/floor/bin/python --no-deps --no-build-isolation --editable .
	.cache/floor/bin/pytest -q -m floor $(ARGS)

lint: .venv/ready ## check style and format
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: .venv/ready ## put the code into the format that lint checks
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: .venv/ready ## check the types, strictly
	$(BIN)/mypy

bench: .venv/ready $(RIVALS)/ready browser ## measure beside the rivals on a quiet machine, and keep the figures (ARGS="--quick" is a trial)
	$(RIVALS)/bin/pytest -q -m rival
	for program in $(BENCHMARKS); do $(BIN)/python benchmarks/$$program.py --wait 180 $(ARGS) || exit 1; done
	$(RIVALS)/bin/python benchmarks/sampler.py --wait 180 $(ARGS)
	$(BIN)/python benchmarks/shared/table.py

profile: .venv/ready ## write where a forecast, a what-if and a batch spend their time, to .cache/profile/
	$(BIN)/python benchmarks/profiles.py $(ARGS)

lock: .uv/ready ## resolve the newest versions and write the lock files with hashes
	$(LOCK) --upgrade -o requirements.lock
	$(LOCK) --upgrade --extra login -c requirements.lock -o requirements-login.lock
	$(LOCK) --upgrade --group dev $(EXTRAS) -c requirements-login.lock -o requirements-dev.lock
	$(LOCK) --upgrade --group dev $(EXTRAS) --extra bench -c requirements-dev.lock -o requirements-bench.lock

browser: ## make sure that a chromium, nginx and openssl are there for the screen tests
	@{ command -v chromium >/dev/null || command -v chromium-browser >/dev/null; } && command -v nginx >/dev/null && \
	command -v openssl >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium nginx-light openssl >/dev/null; } || \
	{ echo "The screen tests need Debian's packages 'chromium', 'nginx-light' and 'openssl': install them and try again." >&2; exit 1; }

clean: ## remove the environments and caches of this folder
	rm -rf .uv .venv .cache .pytest_cache .ruff_cache .mypy_cache .hypothesis

# --- the environment: one for every verb, made and kept in step with the lock file ------------------------------

.uv/ready:
	@mkdir -p .uv
	@if [ "$(UV)" = .uv/bin/uv ]; then \
	for python in python3 python3.13 python3.12 python3.11 python3.10 python3.9 python; do \
	"$$python" -m venv --clear .uv >/dev/null 2>&1 && .uv/bin/python -m pip install --quiet uv && break; done; \
	.uv/bin/uv --version || { echo "Lull needs git, make and a Python 3.9 or newer with its venv module (Debian: python3-venv)." >&2; exit 1; }; fi
	@touch $@

.venv/ready: .uv/ready .python-version requirements-dev.lock pyproject.toml
	$(UV) venv --quiet --allow-existing --python "$$(cat .python-version)" .venv
	$(call install,.venv,requirements-dev.lock)
	@touch $@

$(RIVALS)/ready: .uv/ready .python-version requirements-bench.lock pyproject.toml
	$(UV) venv --quiet --allow-existing --python "$$(cat .python-version)" $(RIVALS)
	$(call install,$(RIVALS),requirements-bench.lock)
	@touch $@

define install
	$(UV) pip sync --quiet --compile-bytecode --python $(1)/bin/python $(2)
	$(UV) pip install --quiet --python $(1)/bin/python --no-deps --no-build-isolation --editable .
endef
