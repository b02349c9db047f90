# Needs Python 3.11 or later and nothing else: every target sets up .venv from the lock first.
PYTHON ?= python3
PORT ?= 3000
DYNAMODB_PORT ?= 8000
OIDC_PORT ?= 3001
BIN = .venv/bin
# Images set it to stay small. Here every process would compile all its imports again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run run-oidc dynamodb-local invoke test test-all test-programs test-iam test-faults test-fuzz test-soak \
  test-browser test-sam-local test-dynamodb-local test-deploy fuzz soak repeat-tests openapi \
  scanner-patterns lint lint-code scan lock bench bench-instructions bench-cold

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# In the background, Python ignores Ctrl-C until it has imported enough to exit quietly. Until then, the shell
# passes it on as SIGTERM. SCOPES is passed in the environment, because JSON contains quotes.
run: .venv/installed ## serve template.yaml on http://127.0.0.1:3000 (PORT=...; SCOPES=JSON) and create an admin key
	@trap 'kill $$!' INT TERM; $(BIN)/python -m local.quickstart --port $(PORT) --scopes "$$SCOPES" & \
	  exec 2>/dev/null; wait $$! || wait $$! || [ $$? -gt 128 ]

# The provider is a program of its own, as everywhere. It ends with the gateway.
run-oidc: .venv/installed local/oidc/node_modules ## serve template.yaml with an OpenID provider (OIDC_PORT=3001); needs Node 20
	@node local/oidc/provider.js $(OIDC_PORT) & trap "kill $$!" EXIT; \
	  echo "Open http://127.0.0.1:$(PORT)/settings/api and sign in as ada, grace or mallory, with any password."; \
	  $(BIN)/python -m local --port $(PORT) --parameter OidcIssuer=http://127.0.0.1:$(OIDC_PORT) \
	    --parameter OidcClientId=settings-page --parameter OidcRoleClaim=role

local/oidc/node_modules: local/oidc/package-lock.json
	@npm ci --prefix local/oidc --silent && touch $@

dynamodb-local: .venv/installed ## serve AWS's DynamoDB Local on port 8000 (DYNAMODB_PORT=...), for DYNAMODB_ENDPOINT
	@exec $(BIN)/python -m tests.dynamodb_local --port $(DYNAMODB_PORT)

invoke: .venv/installed ## sam local invoke on make dynamodb-local: FUNCTION=CreateKeyFunction EVENT=events/....json
	@$(BIN)/python -m tools.sam_local "$(FUNCTION)" "$(EVENT)" \
	  --endpoint "$(or $(DYNAMODB_ENDPOINT),http://127.0.0.1:$(DYNAMODB_PORT))"

repeat-tests: .venv/installed ## make test 20 times, every second time with all processors busy: ARGS="--runs 20"
	@$(BIN)/python -m tools.repeat_tests $(ARGS)

# Workers take whole files (tests/conftest.py): a module's gateway starts once. Against a deployed stack there is one: its tests share
# the one organization of ADMIN_KEY.
PYTEST = $(BIN)/python -m pytest -n $(if $(API_URL),0,auto)

test: .venv/installed ## the quick suite (testpaths in pyproject.toml); three minutes on two cores
	@$(PYTEST) $(ARGS)

test-all: test test-programs test-iam test-faults test-fuzz test-soak test-browser test-sam-local test-dynamodb-local test-deploy ## everything

test-programs: .venv/installed ## what a person starts: make run, the gateway's command, each event; half a minute
	@$(PYTEST) $(or $(ARGS),tests/programs)

test-iam: .venv/installed ## each function works with its own role, and no organization reaches another; a minute
	@$(PYTEST) $(or $(ARGS),tests/iam)

test-faults: .venv/installed ## the key store breaks in every way while clients call; three minutes
	@$(PYTEST) $(or $(ARGS),tests/faults)

test-fuzz: .venv/installed ## random keys, headers, bodies and calls; half a minute (make fuzz: many more)
	@$(PYTEST) $(or $(ARGS),tests/fuzz)

test-soak: .venv/installed ## six thousand calls while keys are rotated, revoked and changed; two minutes (make soak: many more)
	@$(PYTEST) $(or $(ARGS),tests/soak)

# Without npm, what needs a real identity provider is left out.
PROVIDER = $(if $(shell command -v npm 2>/dev/null),local/oidc/node_modules)

test-browser: .venv/installed $(PROVIDER) ## the settings page in a browser; six minutes; needs Chromium, npm
	@$(PYTEST) $(or $(ARGS),tests/browser)

test-sam-local: .venv/installed ## the built packages, in Lambda's container; needs the SAM CLI, Docker, Python 3.13, Java 17, npm
	@$(PYTEST) $(or $(ARGS),tests/sam_local)

# moto runs everywhere; where the two differ, AWS's engine decides. Tests that ask the store nothing new are not run
# again.
ASK_THE_STORE = $(wildcard tests/integration/test_*store.py) tests/integration/authorizer/test_item_reader.py \
  tests/integration/record_usage tests/integration/runtime/test_sessions.py tests/faults/test_crashes.py \
  $(patsubst %,tests/e2e/test_%.py,changes concurrency find history keys leaks list pause_and_addresses \
  runtime_organizations sessions stream_executions usage verify) tests/soak/test_revocation.py

test-dynamodb-local: .venv/installed ## the tests that use the store, on DynamoDB Local; 4 minutes; needs Java 17, npm
	@$(PYTEST) --dynamodb-local $(or $(ARGS),$(ASK_THE_STORE))

# Without Python 3.13, it is left out.
EMULATOR_PYTHON ?= python3.13
export EMULATOR_PYTHON
EMULATOR = $(if $(shell command -v $(EMULATOR_PYTHON) 2>/dev/null),.emulator/installed)

test-deploy: .venv/installed $(EMULATOR) ## deploy and delete stacks on an emulator; three minutes; needs Python 3.13, Java 17, npm
	@$(PYTEST) $(or $(ARGS),tests/deploy)

soak: .venv/installed ## a hundred thousand calls on DynamoDB Local; a quarter of an hour; needs Java 17, npm
	@SOAK_CALLS=$${SOAK_CALLS:-100000} $(BIN)/python -m pytest tests/soak --timeout=0 --dynamodb-local $(ARGS)

fuzz: .venv/installed ## more than a million random inputs; some minutes
	@FUZZ_CASES=$${FUZZ_CASES:-5000} $(BIN)/python -m pytest tests/fuzz -n auto --timeout=0 --hypothesis-show-statistics $(ARGS)

openapi: .venv/installed ## write docs/openapi.yaml from the template and the models
	@PYTHONPATH=functions $(BIN)/python -m tools.openapi

scanner-patterns: .venv/installed ## write docs/scanners/, with which secret scanners find keys: ARGS="--prefix sk_live_..."
	@PYTHONPATH=functions $(BIN)/python -m tools.scanner_patterns $(ARGS)

lint: lint-code ## ruff, mypy, codespell, cfn-lint; half a minute
	@$(BIN)/cfn-lint template.yaml operations.yaml edge.yaml examples/existing-api/template.yaml

# The tests hold misspelled input on purpose.
SPELLED = *.md *.toml *.yaml Makefile docs functions local tools examples
lint-code: .venv/installed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/codespell $(SPELLED)

scan: .venv-scan/installed ## bandit on the code; checkov, cfn-lint's serverless rules and SAM's own check on the template
	@.venv-scan/bin/bandit -q -c pyproject.toml -r functions local tools
	@.venv-scan/bin/cfn-lint --append-rules cfn_lint_serverless.rules -- template.yaml operations.yaml edge.yaml
	@.venv-scan/bin/checkov --config-file tests/template/checkov.yaml --file template.yaml operations.yaml edge.yaml \
	  examples/existing-api/template.yaml
	@if command -v sam >/dev/null; then SAM_CLI_TELEMETRY=0 sam validate --lint --region eu-central-1; \
	  else echo "Left out: sam validate --lint, which needs the SAM CLI: pip install aws-sam-cli"; [ -z "$$CI" ]; fi

lock: .venv/installed ## update requirements.lock to the newest versions that pyproject.toml allows
	@$(BIN)/uv pip compile -q pyproject.toml --group runtime --group local --group test --group lint --universal \
	  --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade -o requirements.lock
	@$(BIN)/uv pip compile -q --group bench --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header --upgrade -o tests/benchmarks/requirements.lock
	@$(BIN)/uv pip compile -q --group scan --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header --upgrade -o tests/template/requirements.lock
	@$(BIN)/uv pip compile -q --group deploy --python-version 3.13 \
	  --generate-hashes --no-annotate --no-header --upgrade -o tests/deploy/requirements.lock
	@$(call pin,functions/requirements.txt,aws-lambda-powertools botocore pydantic)
	@$(call pin,functions/people/sign_in/requirements.txt,pyjwt[crypto])
	@$(call pin,functions/leaks/report_leak/requirements.txt,cryptography)
	@$(call pin,functions/runtime/requirements.txt,botocore mcp starlette uvicorn)

# $(call pin,FILE,PACKAGES): what `sam build` installs, pinned as in the lock; the comment of FILE is kept.
pin = (grep -v == $(1); printf '%s\n' $(2) | $(BIN)/uv pip compile -q - --constraint requirements.lock \
  --python-version 3.13 --python-platform linux --no-annotate --no-header) > $(1).new && mv $(1).new $(1)

bench: .venv/installed .venv-bench/installed ## measure what an authorization costs, compared with other ways; ARGS="--keys 1 1000000"
	@PYTHONPATH=functions:. $(BIN)/python -m tests.benchmarks.hot --peers .venv-bench/bin/python $(ARGS)

bench-instructions: .venv/installed ## count the instructions of an authorization, now and at a commit (BEFORE=COMMIT); needs valgrind
	@PYTHONPATH=functions:. $(BIN)/python -m tests.benchmarks.instructions $(or $(BEFORE),HEAD)

bench-cold: .venv/installed .venv-bench/installed ## measure a cold start in Lambda's runtime, best with Docker
	@PYTHONPATH=functions:. $(BIN)/python -m tests.benchmarks.cold --python .venv-bench/bin/python $(ARGS)

.venv-bench/installed: tests/benchmarks/requirements.lock .venv/installed
	@$(PYTHON) -m venv --without-pip .venv-bench
	@$(BIN)/uv pip sync -q --compile-bytecode --python .venv-bench/bin/python --require-hashes tests/benchmarks/requirements.lock
	@touch $@

# Separate, because checkov needs older versions of packages that the others use.
.venv-scan/installed: tests/template/requirements.lock .venv/installed
	@$(PYTHON) -m venv --without-pip .venv-scan
	@$(BIN)/uv pip sync -q --python .venv-scan/bin/python --require-hashes tests/template/requirements.lock
	@touch $@

# Separate too, and for another Python.
.emulator/installed: tests/deploy/requirements.lock .venv/installed
	@$(BIN)/uv pip sync -q --python $(BIN)/python --python-version 3.13 --target .emulator --require-hashes tests/deploy/requirements.lock
	@touch $@

# The stamp is newer than the lock once everything in the lock is installed. It goes first and comes last, so that
# what was interrupted is begun anew. pip installs uv by the lock's hash, and tells it its index; where pip is told
# to look elsewhere too, uv need not.
.venv/installed: requirements.lock
	@echo "Setting up .venv, once: first an environment with uv ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed, this is " + sys.version.split()[0] + "; set PYTHON=...") if sys.version_info < (3, 11) else None'
	@[ -f $@ ] || rm -rf .venv
	@rm -f $@
	@$(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.txt
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.txt
	@echo "... then the $$(grep -c == requirements.lock) packages of requirements.lock"
	@index=$${PIP_INDEX_URL:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null)}; unset UV_FIND_LINKS; \
	  UV_DEFAULT_INDEX=$${UV_DEFAULT_INDEX:-$$index} \
	  $(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	@touch $@
