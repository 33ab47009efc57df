# Two commands, each complete on a fresh clone:  make app   and   make test
PYTHON ?= python3
BIN := .venv/bin
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: app test quick lint browser examples bench eval space lock again

IS_NEW := import sys; sys.exit(sys.version_info < (3, 11))
# Empty where .venv is missing, was cut short before it had its pip, or is of a Python that is too old or gone.
VENV := $(shell $(BIN)/python -c 'import pip; $(IS_NEW)' 2>/dev/null && echo right)
NEW = $(shell $(PYTHON) -c '$(IS_NEW)' 2>/dev/null && echo right)
FOUND = $(or $(shell $(PYTHON) --version 2>&1 | grep ^Python),not here)

app: .venv/app
	$(BIN)/python app.py

# Two processes; those with a browser in turns of their own, because Playwright holds its process's event loop. These share
# out single tests, since the longest files outlast all others: what they share lives as long as a process, or is cheap.
SLOW := tests/browser tests/engines tests/player
test: lint browser .venv/llama
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile $(SLOW:%=--ignore=%)
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(SLOW)

# A look before a commit: no browser, no Ray, no llama.cpp, no torch's models, no app of its own, few random examples.
NOT_QUICK := $(SLOW) tests/local tests/remote tests/training tests/page/test_command.py tests/page/test_zero_gpu.py \
	tests/serving/test_hostile_http.py tests/tokens/test_tokenizer_matrix.py tests/test_command.py tests/test_ending.py \
	tests/test_image.py tests/test_make.py tests/test_readme.py tests/test_space.py tests/test_wheel.py
quick: .venv/dev
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --hypothesis-profile=quick $(NOT_QUICK:%=--ignore=%)

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Playwright drives the system's Chromium; where there is none, it fetches its own.
browser: .venv/dev
ifeq ($(CHROMIUM),)
	$(BIN)/playwright install chromium || \
		{ echo "No Chromium here, and Playwright could not fetch one: install the system's package (chromium)."; exit 1; }
endif

# Put the page on Hugging Face Spaces, after `.venv/bin/hf auth login`:  make space SPACE=user/name
# What the page needs and what its README links to: no tests, and no history, whose large files a Space would refuse.
SERVED := README.md LICENSE CONTRIBUTING.md requirements.txt app.py 'page/*' 'model_utils/*' 'viz/*' 'assets/*' 'docs/*'
space: .venv/app
	$(if $(SPACE),,$(error Name the Space: make space SPACE=user/name))
	$(BIN)/hf repos create $(SPACE) --type space --sdk gradio --exist-ok
	$(BIN)/hf upload $(SPACE) . . --type space $(SERVED:%=--include %) --exclude '*/__pycache__/*' --delete '*'

# Record the example traces of the page anew, after the embedded model has changed.
examples: .venv/app
	$(BIN)/python -m model_utils.views.lecture.examples

bench: .venv/dev
	$(BIN)/python -m tests.benchmarks

# Measure the embedded models and write their cards:  make eval CORPUS=FOLDER BLIMP=blimp.jsonl.xz
eval: .venv/dev
	nice $(BIN)/python -m model_utils.training evaluate $(CORPUS) $(if $(BLIMP),--blimp $(BLIMP))

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# What is locked first, whatever it asks for; then torch, as pip finds it for this machine, and what a lock should lack.
.venv/app: requirements.txt requirements.lock $(if $(VENV),,again)
	$(if $(VENV)$(NEW),,$(error $(PYTHON) is $(FOUND), and Tsuzuki needs Python 3.11 or newer: make app PYTHON=python3.11))
	$(if $(VENV),,$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; })
	$(PIP) --no-deps -r requirements.lock
	$(PIP) -r requirements.txt
	touch $@

.venv/dev: requirements-dev.txt requirements-training.txt requirements-serve.txt requirements-dev.lock .venv/app
	$(PIP) --no-deps -r requirements-dev.lock
	$(PIP) -r requirements-dev.txt
	touch $@

# llama.cpp is built from source, as little of it as a server for tests needs: three minutes instead of eight.
LLAMA := -DLLAVA_BUILD=OFF -DLLAMA_CURL=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_TOOLS=OFF \
	-DLLAMA_BUILD_SERVER=OFF -DGGML_OPENMP=OFF -DGGML_LLAMAFILE=OFF \
	-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DCMAKE_C_FLAGS_RELEASE=-O1

.venv/llama: requirements-llama.txt requirements-llama.lock .venv/dev
	CMAKE_ARGS="$(LLAMA)" $(PIP) --no-deps -r requirements-llama.lock
	touch $@

# Every version that requirements*.txt leaves open, after one of them has changed. What is locked stays as it is where it can.
lock: .venv/dev
	$(BIN)/uv pip compile --quiet requirements.txt --output-file requirements.lock
	$(BIN)/uv pip compile --quiet requirements-dev.txt --constraint requirements.lock --output-file requirements-dev.lock
	$(BIN)/uv pip compile --quiet requirements-llama.txt --constraint requirements-dev.lock --output-file requirements-llama.lock
