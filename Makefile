# 안부. `make demo` shows a whole call; `make test` proves it. Needs only python3 (3.8+) with pip, make and git.
SHELL := /bin/bash
UV := $(CURDIR)/.tools/bin/uv
RUN := $(UV) run --frozen --quiet
export RASA_TELEMETRY_ENABLED := false
export PYTHONPATH := $(CURDIR)
export TF_CPP_MIN_LOG_LEVEL := 3
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export PYTHONWARNINGS := ignore

.PHONY: demo demo-campaign up test test-fast test-endurance train lint bench bench-console bench-campaigns evaluate format clean

demo: train ## one worried and one well resident, end to end
	@$(RUN) anbu demo

demo-campaign: train ## two hundred made-up residents called in one campaign
	@$(RUN) anbu demo-campaign

up: train ## everything running until Ctrl-C
	@$(RUN) anbu up

test: train ## all tests but the endurance ones
	@$(RUN) pytest

test-fast: .venv/ready ## unit tests without Rasa, in seconds
	@$(RUN) pytest -m "not engine and not browser and not postgres and not endurance"

test-endurance: train ## twenty workers killed at random, a campaign on many machines: some ten minutes more
	@$(RUN) pytest -m endurance

train: .venv/ready ## the Rasa model, if its sources changed
	@$(RUN) anbu train

lint: .venv/ready ## ruff, rasa's own validation, and the project's contract
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@mkdir -p var && $(RUN) rasa data validate --domain domain.yml --data data --fail-on-warnings > var/validate.log 2>&1 \
	  || { grep -v "it/s" var/validate.log | tail -30; exit 1; }
	@$(RUN) anbu check

bench: train ## this engine against the stock channel and pipeline
	@$(RUN) python -m benchmarks.engine

bench-console: .venv/ready ## 20 officers over 100,000 cases and 5,000,000 turns on PostgreSQL
	@$(RUN) python -m benchmarks.console

bench-campaigns: .venv/ready ## planning and claiming on PostgreSQL, with a long history
	@$(RUN) python -m benchmarks.campaigns

evaluate: .venv/ready ## how well utterances are understood, on held-out sets
	@$(RUN) python -m benchmarks.evaluate

.venv/ready: pyproject.toml uv.lock $(UV)
	@echo "▸ 파이썬 3.10과 라이브러리를 준비합니다 (처음 한 번, 몇 분)"
	@$(UV) sync --frozen
	@touch $@

$(UV):
	@echo "▸ uv를 내려받습니다"
	@cd / && python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target $(CURDIR)/.tools uv

clean: ## forget the model and the local data
	rm -rf models .rasa var
