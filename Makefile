# Each target does all its own set-up. Needs Python >= 3.11 and make, and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
SERVERS := .servers
STRIPE := $(SERVERS)/localstripe/.installed
OTHERS := $(SERVERS)/python/.installed

.PHONY: demo up test lint types fuzz year independent bench histories clean

demo: $(READY)  ## real requests through the real engine, by itself, in a few minutes
	$(BIN)/python -m demo

up: $(READY)  ## leave everything running until Ctrl-C
	$(BIN)/python -m demo up

test: lint types $(READY) $(STRIPE)  ## the whole gate
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy .

fuzz: $(READY)  ## what the gate tries briefly, twenty times as long: every route of the interface, both protocols, mails
	$(BIN)/python -m pytest --hypothesis-profile fuzz --timeout 3600 \
		tests/unit/test_web_schemathesis.py tests/unit/test_fuzzed_mails.py tests/unit/test_fuzzed_protocols.py

year: $(READY)  ## a simulated year of four hundred requests, a part of the gate, with its report printed
	$(BIN)/python -m pytest -s tests/year

independent: $(READY) $(STRIPE) $(OTHERS)  ## the connectors at servers that others wrote; some of them need npm
	$(BIN)/python -m pytest -m "independent or not independent" --timeout 900 --durations 10 tests/independent

bench: $(READY)  ## requests a second through the whole saga, beside a bare workflow
	$(BIN)/python -m bench

histories: $(READY)  ## record the histories that tests/replay holds the sagas to anew; read tests/replay/record.py first
	$(BIN)/python -m tests.replay.record

clean:
	rm -rf $(VENV) $(SERVERS) .run .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): requirements.lock
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11") if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	touch $@

$(STRIPE): tests/independent/localstripe.lock
$(OTHERS): tests/independent/servers.lock

# Environments of their own: hundreds of packages, with other versions of ours among them.
$(STRIPE) $(OTHERS):
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@
