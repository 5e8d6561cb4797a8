# The commands of the README. `make help` lists them.
SHELL := /bin/sh
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# A look each time, not a file's age: an install that broke off leaves files too.
installed := look-at-packages

fleet := node tools/fleet/src/cli.ts
# Looking at a fleet and ending it waits for no installation.
on_fleet := @sh tools/fleet/on-fleet.sh $(fleet)

# Read from the environment: ENGINE, BALANCER, TLS, PROMETHEUS and NESTFLEET_PROJECT, here as in the shell.
.PHONY: $(installed) help install build secrets up ps logs scale restart drain undrain down clean reload stop-server start-server test prove fuzz matrix init-matrix docs pictures rename
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(installed) ## installs the packages, as the lock file has them

$(installed):
	@sh tools/fleet/install.sh

build: $(installed) ## images with Docker, tagged as make up has them; else bundles and packages. ENGINE=docker or local
	@$(fleet) build

secrets: ## passwords, keys and a local CA for the containers, where they are missing (make up does it itself)
	@sh deploy/make-secrets.sh

up: $(installed) ## starts the fleet and waits until it is ready: API=3 or so for any service, PORT=8080 (0 takes any free one)
# A service's count is the variable of its short name, as API, GATEWAY and WORKER: the command reads it in the environment,
# where make puts what it was given.
# ENGINE=docker or local (default: docker where it answers); BALANCER=gateway or haproxy-consul, with docker also traefik,
# traefik-consul, haproxy, TLS=1, PROMETHEUS=1. The other targets act on the fleet that is up.
	@$(fleet) up $(if $(PORT),--port='$(PORT)')

ps: ## what is running; JSON=1 for programs
	$(on_fleet) ps $(if $(JSON),--json)

logs: ## the end of the logs; SERVICE=api, SERVICE=api-2 or SERVICE=redis for a part, FOLLOW=1 to stay
	$(on_fleet) logs $(if $(SERVICE),--of='$(SERVICE)') $(if $(FOLLOW),--follow)

scale: $(installed) ## N=5 api replicas; SERVICE=worker N=4 for another service
	@$(fleet) scale $(if $(SERVICE),--service='$(SERVICE)') $(if $(N),--count='$(N)')

restart: $(installed) ## builds, then replaces the replicas one after the other, losing nothing: SERVICE=worker for one service; default all
	@$(fleet) restart $(if $(SERVICE),--service='$(SERVICE)')

drain: $(installed) ## INSTANCE=api-2 out of service: it runs on, is sent nothing, takes no jobs
	@$(fleet) drain --instance='$(INSTANCE)'

undrain: $(installed) ## INSTANCE=api-2 in service again
	@$(fleet) undrain --instance='$(INSTANCE)'

reload: $(installed) ## HAProxy in front of the local engine reads its files again; no connection is lost
	@$(fleet) reload

down: ## ends the fleet, the data stays
	$(on_fleet) down

clean: ## ends the fleet of make up and removes its data, logs and secrets; what make secrets made stays
	$(on_fleet) clean
	@test ! -d deploy/secrets || echo 'deploy/secrets stays: it was made for docker compose by hand'

stop-server: $(installed) ## fault injection: NAME=redis or NAME=consul stays stopped until start-server; KILL=1 for kill -9
	@$(fleet) stop-server --server='$(NAME)' $(if $(KILL),--kill)

start-server: $(installed) ## NAME=redis or NAME=consul again, same port, same data
	@$(fleet) start-server --server='$(NAME)'

test: $(installed) ## all checks; ONLY=unit,checks or FROM=integration for a part, PROJECT=state for one project
	@node tools/checks/src/pipeline.ts $(if $(ONLY),--only $(ONLY)) $(if $(FROM),--from $(FROM)) $(if $(PROJECT),--project $(PROJECT))

prove: $(installed) ## fault injection against a fleet of its own under load: QUICK=1 (4 minutes), ALL=1, ONLY=kill-api,outage, SEED=7, RATE=150, SEEDED=no-drain, all or specs
# ENGINE=local (default), docker (with BALANCER) or kubernetes (with KUBECONFIG=file CONTEXT=name of a cluster that has the images).
# On processes and containers it builds what it starts. The last line is the sum.
	@node tools/prove/src/prove.ts $(if $(ENGINE),--engine '$(ENGINE)') $(if $(BALANCER),--balancer '$(BALANCER)') $(if $(QUICK),--quick) $(if $(ALL),--all) $(if $(ONLY),--only '$(ONLY)') $(if $(SEED),--seed '$(SEED)') $(if $(RATE),--rate '$(RATE)') $(if $(ARTIFACTS),--artifacts '$(ARTIFACTS)') $(if $(SEEDED),--seeded '$(SEEDED)') $(if $(TIMES),--times '$(TIMES)')

fuzz: $(installed) ## sends a gateway and an api what no client and no replica should: SECONDS=60, SEED=7; SEEDED=kept-slot has a bug
# Builds what it starts. The last line is the number of kinds of faults found; a line of each says what.
	@nx run-many -t build -p api,frontend-gateway
	@node tools/fleet/src/with-servers.ts node tools/prove/src/fuzz.ts $(if $(SECONDS),--seconds '$(SECONDS)') $(if $(SEED),--seed '$(SEED)') $(if $(ONLY),--only '$(ONLY)') $(if $(SEEDED),--seeded '$(SEEDED)')

matrix: $(installed) ## installs the packed libs in apps of the Nest CLI: Nest 11 and 12, Express and Fastify, Node 22 and 24. CELL=nest11,fastify-node24
# Builds the libs; needs npm's registry. A minute or two for each cell, then the table.
	@nx run-many -t build -p tag:type:lib
	@node tools/fleet/src/with-servers.ts node tools/matrix/src/matrix.ts $(if $(CELL),--cell '$(CELL)')

docs: $(installed) ## the documents as a site with a search, in dist/tools/site; a link that leads nowhere fails it
	@nx build site

init-matrix: $(installed) ## runs npx nestfleet init in apps of the Nest CLI (also in monorepo mode) and of Nx, and their tests. LAYOUT=nest11,nx
# Builds the libs and the program; needs npm's registry. A minute or two for each layout, then the table.
	@nx run-many -t build -p tag:type:lib,init
	@node tools/fleet/src/with-servers.ts node tools/matrix/src/init-matrix.ts $(if $(LAYOUT),--layout '$(LAYOUT)')

pictures: $(installed) ## takes the pictures of the documents from a fleet of its own; needs Chromium
	@node tools/prove/src/pictures.ts

rename: $(installed) ## NAME=acme turns the whole repository into one of that name; FORCE=1 also where not all is committed
	@node tools/workspace/src/rename.ts --name='$(NAME)' $(if $(FORCE),--force)
