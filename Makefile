# The commands of the README. `make help` lists them.
SHELL := /bin/sh
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# npm writes this file last, so it is newer than the lock file exactly when all of it is installed.
installed := node_modules/.package-lock.json

.PHONY: install test

install: $(installed) ## installs the packages, as the lock file has them

$(installed): package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test: $(installed) ## all checks; ONLY=unit,walls or FROM=integration for a part, PROJECT=state for one project
	@node tools/house/src/ladder.ts $(if $(ONLY),--only $(ONLY)) $(if $(FROM),--from $(FROM)) $(if $(PROJECT),--project $(PROJECT))
