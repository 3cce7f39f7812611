# Make only saves typing: with the venv active, `pulumi` and `hmco` do the same.
PYTHON ?= python3
STACK ?= dev

.PHONY: help demo up preview destroy refresh packages setup setup-helm setup-dev setup-github test test-github test-workflows lint bench clean

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: packages ## a chart repository to try everything on, in build/demo; needs no engine
	@.venv/bin/python -m demo build/demo

up: setup ## bring an environment up: make up STACK=dev
	@.venv/bin/pulumi up --stack $(STACK) --yes --suppress-outputs

preview: setup ## show what up would change, and change nothing
	@.venv/bin/pulumi preview --stack $(STACK) --diff

destroy: setup ## take an environment down
	@.venv/bin/pulumi destroy --stack $(STACK) --yes

refresh: setup ## read the environment back into the state
	@.venv/bin/pulumi refresh --stack $(STACK) --yes

packages: ## what hmco needs: Python packages alone
	@$(PYTHON) -m tools.toolchain ensure --venv runtime

setup: ## what up needs: packages, engine, language host, Kubernetes provider
	@$(PYTHON) -m tools.toolchain ensure pulumi kubernetes --venv runtime

setup-helm: ## what plan and check --rendered need besides: Helm
	@$(PYTHON) -m tools.toolchain ensure helm --venv runtime

setup-dev: ## what test and lint need besides: test packages, helm, an API server, promtool
	@$(PYTHON) -m tools.toolchain ensure pulumi kubernetes helm cluster argocd-crds \
		argocd-commands operator-crds workflows prometheus argocd-programs --venv dev

setup-github: ## what up needs besides where the repository is governed: the GitHub provider
	@$(PYTHON) -m tools.toolchain ensure github

test: setup-dev ## every test of the normal suite
	@.venv/bin/python -m pytest -n auto --dist loadgroup -q --ignore tests/github/provider

test-github: setup-dev setup-github ## the real engine and GitHub provider against a fake GitHub
	@.venv/bin/python -m pytest -n auto --dist loadgroup -q tests/github

test-workflows: setup-dev setup-github ## whole workflow files, run by act against a fake GitHub
	@.venv/bin/python -m pytest -q -n 2 --dist loadfile -o python_files='run_*.py' tests/workflows

lint: setup-dev ## formatting, lint rules and types
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy .

bench: setup-dev ## ratios against a peer or a floor, measured in one run
	@.venv/bin/python -m bench

clean: ## forget the local state and everything made from it
	rm -rf build
