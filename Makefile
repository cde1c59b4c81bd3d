# Everything that is run by hand or by CI. `make help` lists it.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python

# The interpreter is the machine's own: nothing is fetched behind anybody's back.
export UV_PYTHON_DOWNLOADS := never

# Sources are compiled once: each of the processes that the tests start would do so anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check deep bench
.DEFAULT_GOAL := help

help: ## この一覧 (this list)
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile

demo: $(VENV)/.installed ## デモを起動する。PORT=8000、RESET=1 で最初から (run the demo)
	@export PORT="$(PORT)" \
	  YUIMARU_MODE="$${YUIMARU_MODE:-drill}" \
	  YUIMARU_IS_DEMO="$${YUIMARU_IS_DEMO:-1}" \
	  YUIMARU_MAIL_URLS="$${YUIMARU_MAIL_URLS:-console:}" \
	  YUIMARU_SMS_URLS="$${YUIMARU_SMS_URLS:-console:?hook_secret=demo}" \
	  YUIMARU_LOG_LEVEL="$${YUIMARU_LOG_LEVEL:-WARNING}"; \
	$(BIN)/yuimaru demo $(if $(filter 1,$(RESET)),--reset) && exec $(BIN)/yuimaru serve --worker

test: $(VENV)/.installed-dev ## いつもの試験 (the everyday tests)
	$(BIN)/pytest --numprocesses auto --maxprocesses 8 --dist worksteal

check: $(VENV)/.installed-dev ## 書式、型、部屋の境目 (format, types, import contracts, guards)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/architecture

deep: $(VENV)/.installed-dev $(VENV)-scan/.installed $(VENV)-referee/.installed ## 長い試験 (the long tests)
	$(BIN)/pytest -m deep

bench: $(VENV)/.installed-dev ## 性能の比較表 (the benchmarks)
	$(BIN)/python bench/main.py

$(VENV)/.uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed (PYTHON=...)")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.uv
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(INSTALL) --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)-%/.installed: requirements-%.lock $(VENV)/.uv
	$(PYTHON) -m venv --without-pip $(VENV)-$*
	$(BIN)/uv pip install --quiet --python $(VENV)-$*/bin/python --require-hashes -r requirements-$*.lock
	@touch $@
