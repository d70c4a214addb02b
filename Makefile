# The two commands are `make demo` and `make test`; both set everything up by themselves.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
# Bytecode is kept even where the environment forbids it: every worker and every process that tests start would compile
# all modules anew, a quarter of the time of `make check`.
export PYTHONDONTWRITEBYTECODE :=
# As many workers as cores: threads of NumPy beside them would only wait for each other.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal

.PHONY: demo test check docs pythons frontends dist lint setup system format clean

demo: $(VENV)/.demo
	$(BIN)/edgeq demo

test: system $(VENV)/.dev lint
	$(PYTEST) tests edgeq

# Compiles for this machine at -Og, for which GCC takes half the time of -O2, at which `make test` compiles.
check: $(VENV)/.dev lint
	EDGEQ_TEST_OPTIMIZATION=-Og $(PYTEST) -q -m "not slow" tests edgeq

# The types and the fast tests on every Python from 3.10 on that the machine has.
pythons:
	JOBS=$(JOBS) tools/test-pythons

# The tests of ONNX and PyTorch models, each in a virtual environment with that library.
frontends:
	tools/test-frontends $(PYTHON)

# The sdist and the wheel, checked and run where no source tree is near: dist/
dist:
	tools/test-distribution $(PYTHON)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

setup: $(VENV)/.dev

# The documentation site with the reference of the Python interface: build/site/index.html. Broken links are errors.
docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Compilers and emulators that pip does not carry; without root the tests that need them fail or say what is missing.
system:
	tools/install-system-packages

$(VENV)/.demo: pyproject.toml tools/make-venv
	tools/make-venv $(PYTHON) $(VENV) "convert,tflm,emulate"
	touch $@

$(VENV)/.dev: pyproject.toml tools/make-venv
	tools/make-venv $(PYTHON) $(VENV) "dev"
	touch $@

format:
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(VENV)-* build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
