# SPDX-FileCopyrightText: 2026 the cloudaudit.huaweicloud contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Everything starts with tests/setup.sh, which prepares .venv and the copied tree, and is quick when they are there.

.PHONY: help setup demo cloud check test try test-long lint cores docs pictures session pins clean

help:
	@echo "make demo    see it work: a simulated cloud, the role, an archive, a query (a minute or more the first time)"
	@echo "make cloud   a simulated cloud to follow the quick start with, until Ctrl-C; prints how to reach it"
	@echo "make test    the everyday tests; make test STAGES='units sanity' runs some, STAGES=? names all (of test-long, too)"
	@echo "make try TEST=tests/unit/plugins/module_utils/cfw/test_time_range.py  one file of tests, in seconds"
	@echo "make test-long  the longer tests: an object store, Spark, a browser, hundreds of kills and manipulations (CONTRIBUTING.md)"
	@echo "make lint    the contributor's longer checks: all of noxfile.py; make lint SESSIONS='lint docs-check' runs some"
	@echo "make cores   sanity, unit and integration tests with every supported ansible-core (CONTRIBUTING.md)"
	@echo "make check   all four of them in turn, test, lint, cores, test-long, and a table of what passed; takes hours"
	@echo "make docs    the documentation as HTML in .cache/docs"
	@echo "make session  record the terminal session in the documentation again (two minutes)"
	@echo "make pictures  the pictures of README and documentation anew, in docs/images (installs Chromium)"
	@echo "make pins    renew the exact versions in tests/requirements.txt"
	@echo "make clean   remove everything that the others made, the demo's archive too"

setup:
	@PYTHON="$(PYTHON)" tests/setup.sh

demo: setup
	@.venv/bin/python tests/demo.py

cloud: setup
	@.venv/bin/python tests/cloud.py

test: setup
	@.venv/bin/python tests/everyday.py $(STAGES)

try: setup
	@.venv/bin/python tests/one.py $(TEST)

test-long: setup
	@.venv/bin/python tests/longer.py $(STAGES)

lint: setup
	@.venv/bin/nox $(if $(SESSIONS),-e $(SESSIONS))

cores: setup
	@.venv/bin/nox -k 'sanity or units or integration'

check: setup
	@.venv/bin/python tests/check.py

docs: setup
	@tests/docs.sh

session: setup
	@.venv/bin/python tests/record_session.py

pictures: setup
	@.venv/bin/python tests/pictures.py

pins: setup
	@tests/pins.sh

clean:
	rm -rf .venv .cache .nox .ansible .ruff_cache .pytest_cache .mypy_cache .hypothesis tests/output
