# The same tasks under their short names; all of them live in tasks.py.
# make test ARGS="-k resume" passes arguments on; make test PYTHON=python3.12 chooses the Python.
PYTHON ?= python3
ARGS ?=

.PHONY: help demo test check fix setup docs lock clean
help:
	@$(PYTHON) tasks.py --help

demo test check fix setup docs lock clean:
	@$(PYTHON) tasks.py $@ $(ARGS)
