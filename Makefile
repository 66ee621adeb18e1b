# A fresh clone needs Python 3.11 or newer, make and a package index; make does the rest.
#
#   make demo    a workspace with invented customers, to look around in
#   make test    every test, with the coverage of hub/core
#   make check   ruff, types, import rules
#   make bench   the budgets, measured on this machine
#   make docs    write the pages that are generated from the code
#   make wheel   dist/crm_hub-*.whl
#   make venv    only set up; PYTHON=/path/to/python3 chooses the interpreter
#   make peers   fetch ahead of time the servers that tests start
#   make clean   remove what make made (not .cache, which took long to fetch)

PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
RUN = .venv/bin/
BENCHMARKS = startup pull profiles quality resolution orders attribution

# the tests start many processes, and each would compile all of the hub anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv demo test check bench docs wheel peers dovecot clean
help:
	@sed -n 's/^#   //p' Makefile

venv: .venv/ready
.venv/ready: pyproject.toml constraints.txt
	@test -n '$(PYTHON)' && $(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	{ echo 'make: Python 3.11 or newer, with venv, is needed and "$(PYTHON)" is none. Install it (Debian: python3-venv),' >&2; \
	echo '      or say where it is: make PYTHON=/path/to/python3' >&2; exit 2; }
	@test -x $(RUN)python || { echo 'make: a virtual environment in .venv'; $(PYTHON) -m venv .venv; }
	@echo 'make: installing what pyproject.toml asks for, at the versions of constraints.txt (about a minute, once)'
	@$(RUN)python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: venv
	@$(RUN)hub demo

test: venv
	@# the core by its own tests, measured; the rest without, since measuring slows random histories to half
	@$(RUN)python -m pytest tests/core -n 2 --dist loadfile --no-loadscope-reorder --cov=hub.core --cov-branch --cov-report=term:skip-covered --cov-fail-under=95
	@# more workers than cores, since many of these wait for a server or a process
	@$(RUN)python -m pytest -n 4 --dist loadfile --no-loadscope-reorder --ignore=tests/core

check: venv
	$(RUN)ruff check .
	$(RUN)ruff format --check .
	$(RUN)basedpyright
	$(RUN)lint-imports --no-logo

bench: venv
	@for name in $(BENCHMARKS); do $(RUN)python -m benchmarks.$$name || exit 1; echo; done

docs: venv
	@$(RUN)python -m docs.generate

wheel: venv
	@$(RUN)python -m build --quiet --wheel --no-isolation
	@ls dist/*.whl

peers: venv
	@$(RUN)python -m tests.peers.tryton

dovecot:  # optional, as root on Debian: the tests use it when it is there
	apt-get install -y --no-install-recommends dovecot-imapd

clean:
	rm -rf .venv dist hub-demo .coverage .hypothesis .pytest_cache .ruff_cache .import_linter_cache
