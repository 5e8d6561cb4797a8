import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { connectFailure, services, withIfMatch } from '@nestfleet/contracts';
import type { Rule } from '../src/rule.ts';
import { allRules } from '../src/rules/all-rules.ts';
import { deployRule } from '../src/rules/deploy.ts';
import { projectsRule } from '../src/rules/projects.ts';
import { findingsIn } from './findings-in.ts';

/** Rule → start of each finding in its fixture, sorted. What a fixture holds besides shows what is allowed. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'api-reports': [
    'libs/jobs/api/index.api.md  bundles/libs/jobs/package.json is not built: nx run jobs:build',
    'libs/state/api/index.api.md  breaks importers: close has "export const close: () => Promise<void>;" no longer',
    'libs/state/api/index.api.md  names Options, which no entry point of the lib exports',
    'libs/state/api/index.api.md:8  is not up to date',
  ],
  'package-sizes': [
    'docs/package-sizes.md  @nestfleet/jobs has no row',
    'docs/package-sizes.md  @nestfleet/state: unpacked, bytes 75, the table has 60',
    'docs/package-sizes.md  @nestfleet/timing is no package',
  ],
  'banned-names': [
    'apps/api/src/common.ts  "common.ts" says nothing',
    'apps/api/src/index.ts  an index file is only the entry point of a lib',
    'apps/api/src/utils/text.ts  "utils" says nothing',
    'libs/state/src/Shared/x.ts  "Shared" says nothing',
    'libs/state/src/date.helper.ts  "date.helper.ts" says nothing',
    'libs/state/src/sessions/index.ts  an index file is only the entry point of a lib',
    'libs/state/src/test-helpers.ts  "test-helpers.ts" says nothing',
    'tools/fleet/src/misc/x.ts  "misc" says nothing',
  ],
  'banned-words': [
    'README.md:1  "front door" is a word of our own: write edge proxy',
    'README.md:3  "house" is a word of our own: write repository',
    'README.md:3  "one liner"',
    'README.md:3  "stand in"',
    'README.md:3  "wall"',
    'apps/api/src/climber.ts:1  "job desk"',
    'apps/api/src/climber.ts:1  "keeper"',
    'apps/api/src/climber.ts:1  "rung"',
    'apps/api/src/climber.ts:2  "handed back"',
    'apps/api/src/front-door.ts  "front door"',
    'deploy/proxy.cfg:1  "one liner"',
  ],
  'banned-code': [
    'apps/api/src/focus.spec.ts:3  a skip without',
    'apps/api/src/focus.spec.ts:4  a skip without',
    'apps/api/src/focus.spec.ts:5  a skip without',
    'apps/api/src/focus.spec.ts:6  an empty test',
    'apps/api/src/suppressed.ts:1  a lint rule is switched off',
    'apps/api/src/suppressed.ts:3  a lint rule is switched off',
    'deploy/start.sh:1  an unfinished note',
    'tools/bench/src/visit.ts:4  a server by PATH',
    'tools/bench/src/visit.ts:5  a server by PATH',
    'tools/bench/src/visit.ts:5  a server by PATH',
  ],
  metrics: [
    'deploy/kubernetes/components/monitoring/board.json:1  nestfleet_only_in_a_spec is a metric that no app exports',
    'deploy/prometheus/rules/alerts.yml:5  nestfleet_requests_seconds_count is a metric that no app exports',
  ],
  text: [
    'README.md:1  the host of a package registry',
    'README.md:2  the host of a package registry',
    'README.md:3  a path of one machine',
    'README.md:4  a path of one machine',
    'README.md:5  a path of one machine',
    'README.md:6  a path of one machine',
    'README.md:8  a pointer to a list that is not in the repository',
    'tools/get.sh:1  the host of a package mirror',
  ],
  'code-blocks': [
    'README.md:10  tools/run.ts has no option --slow',
    'README.md:11  there is no file tools/gone.ts',
    'README.md:13  there is no file deploy/gone.yaml',
    'README.md:14  no form of a command: brew',
    'README.md:16  no test runs this curl',
    'README.md:17  the Makefile has no target fly',
    'README.md:18  the Makefile has no target fly',
    'README.md:21  the Makefile has no target land: `make land`',
    'README.md:28  tools/prove/e2e/gone.e2e.spec.ts does not run blocks',
    'README.md:3  make up does not read SPEED',
    'README.md:32  tools/prove/e2e/idle.e2e.spec.ts does not run blocks',
    'README.md:4  the Makefile has no target fly',
    'README.md:40  a block of the kind "": nobody runs it',
    'README.md:48  is no excerpt of libs/state/src/a.lua',
    'README.md:5  nothing reads NOBODY_READS',
    'README.md:52  a block of the kind "js": nobody runs it',
    'README.md:55  no compose file has a service web',
    'README.md:55  there is no file compose.yaml: `docker compose logs',
    'README.md:55  there is no file compose.yaml: `docker compose up',
    'README.md:58  libs/state/test/readme.spec.ts does not run blocks',
    'README.md:61  make prove has no scenario land-api',
    'README.md:65  tools/init/src/command-line.ts has no option --fast',
    'README.md:66  no tool of ours: nestfleet fly',
    'README.md:7  no project is called nobody',
    'README.md:8  api has no Nx target bake',
    'deploy/edge-proxy.cfg:4  the Makefile has no target fly',
    'tools/run.ts:1  the Makefile has no target soar: `make soar`',
  ],
  'problem-pages': [
    'docs/problems/empty.md:23  Not covered is empty',
    'docs/problems/formless.md:1  has the sections Symptom, Fix, not Symptom, Cause, Fix, Proof, Not covered',
    'docs/problems/long.md:13  a block of Fix has more than 25 lines',
    'docs/problems/no-code.md:11  Fix has no block of TypeScript',
    'docs/problems/no-command.md:17  Proof has no command',
    'docs/problems/no-scenario.md:17  Proof names neither a scenario nor a spec',
    'docs/problems/silent.md:3  Symptom has no words',
    'docs/problems/unlisted.md  is not in docs/problems/README.md',
    'docs/problems/unpromised.md:17  libs/jobs/test/cancel.integration.spec.ts shows no promise',
    'docs/problems/unpromised.md:17  roll shows no promise of docs/guarantees.md',
  ],
  projects: [
    'apps/rogue/package.json  has no row in the import table',
    'apps/worker  has a row in the import table, but is not there',
    'libs/state/package.json  has the tags type:lib, the table wants type:lib, scope:state',
    'libs/state/package.json  is called state, not @nestfleet/state',
    'libs/state/package.json  lacks the Nx targets typecheck',
  ],
  'folder-cycles': [
    'apps/api/src/a/one.ts  imports apps/api/src/b/two.ts, and the folders go in a circle',
    'apps/api/src/c/five.ts  imports apps/api/src/d/deep/six.ts, and the folders go in a circle',
  ],
  'entry-points': [
    'apps/api/package.json  apps/api is no lib, it has no exports',
    'libs/jobs/package.json  a lib has the entry point "."',
    'libs/state/package.json  exports "./keys" as ./src/keys.ts',
    'libs/state/package.json  exports has "./testing", but there is no libs/state/src/testing.ts',
    'libs/state/package.json  libs/state/src/nest.ts is an entry point, but exports does not have "./nest"',
    'libs/state/src/index.ts:2  an entry point only has',
    'libs/state/src/index.ts:3  an entry point only has',
    'libs/state/src/index.ts:4  an entry point only has',
    'libs/state/src/index.ts:5  an entry point only has',
  ],
  unused: [
    'apps/api/package.json  ioredis is a dependency that nothing imports',
    'apps/api/package.json  undici is a dependency that nothing imports',
    'apps/api/src/alone.ts  is imported by nothing',
    'apps/api/src/main.ts:2  zod is imported, and no dependency',
    'apps/api/src/main.ts:3  ./gone.ts is imported, and there is no such file',
    'libs/state/src/open-state.ts:2  closeState is exported, and no other file imports it',
    'libs/state/src/open-state.ts:3  State is exported, and nothing uses it',
  ],
  versions: [
    'apps/api/package.json  zod is "^4.6.7"',
    'package.json  jest is 30.5.2, but 30.5.1 in apps/api/package.json',
    'package.json  nx is "~23.2.1"',
    'package.json  ts6 is "npm:typescript@^6"',
    'package.json  x is "latest"',
  ],
  'lock-file': [
    'package-lock.json  has other dependencies than apps/api/package.json',
    'package-lock.json  lacks the workspace apps/billing',
    'package-lock.json  node_modules/a is resolved to an address',
    'package-lock.json  node_modules/native@2.0.0 lacks native-darwin-arm64',
  ],
  'install-scripts': [
    'package.json  allowScripts does not deny @new/one',
    'package.json  allowScripts lets trusted run its install script',
  ],
  licences: [
    'package-lock.json  absent@1.0.0 is not installed',
    'package-lock.json  both@1.0.0 has MIT AND GPL-3.0',
    'package-lock.json  copyleft@1.0.0 has AGPL-3.0',
    'package-lock.json  silent@1.0.0 has no licence',
  ],
  openapi: [
    'apps/api/openapi.json:5  is not up to date',
    'apps/frontend-gateway/openapi.json  bundles/apps/frontend-gateway/main.js is not built',
    'apps/worker/openapi.json  bundles/apps/worker/main.js print-openapi failed: cannot find module x',
  ],
  environment: ['docs/environment.md:3  is not up to date'],
  services: [
    'deploy/.env.example:4  is not up to date',
    'deploy/haproxy/consul.cfg  has 0 of 1 regions',
    'deploy/haproxy/docker.cfg:3  is not up to date',
    'deploy/haproxy/edge-proxy.cfg:5  is not up to date',
    'deploy/prometheus/rules/nestfleet.yml:5  is not up to date',
  ],
  'traefik-labels': [
    'deploy/traefik/dynamic/fallback.yaml  is missing',
    'deploy/traefik/labels.yaml:8  is not up to date',
  ],
  lua: [
    'libs/jobs/src/lua.generated.ts  is not up to date',
    'libs/redis/src/lua.generated.ts  is not up to date',
    'libs/state/src/lua.generated.ts  is not up to date',
  ],
  deploy: [
    'deploy/compose.haproxy.yaml  API_SLOTS is ${API_SLOTS:-9}, expected ${API_SLOTS:-12}',
    'deploy/compose.haproxy.yaml  GATEWAY_SLOTS is not set, expected',
    'deploy/compose.haproxy.yaml  api has STOP_GRACE_MS 21000, its stop_grace_period is 20000 ms',
    'deploy/compose.haproxy.yaml  api has stop_grace_period 20000 ms, the shutdown needs 21000 ms',
    'deploy/compose.haproxy.yaml  worker has BALANCER gateway, its balancer is haproxy',
    'deploy/compose.haproxy.yaml:1  does not open with a comment',
    'deploy/compose.traefik.yaml  20 attempts of 200ms wait for connections for two seconds and more',
    'deploy/compose.traefik.yaml  TRAEFIK_PROVIDERS_DOCKER_EXPOSEDBYDEFAULT is true, expected false',
    'deploy/compose.traefik.yaml  api has RPC_PORT not set, expected 3100',
    'deploy/compose.traefik.yaml  api: GET ${DOMAIN:-localhost}/api goes over a connection that was used before',
    'deploy/compose.traefik.yaml  api: GET ${DOMAIN:-localhost}/api/ goes over a connection that was used before',
    'deploy/compose.traefik.yaml  api: GET api.${DOMAIN:-localhost}/ goes over a connection that was used before',
    'deploy/compose.traefik.yaml  api: GET app.${DOMAIN:-localhost}/api/visit goes over a connection that was used before',
    'deploy/compose.traefik.yaml  api: GET webserver.${DOMAIN:-localhost}/ goes over a connection that was used before',
    'deploy/compose.traefik.yaml  api: labels differ from the tags of its registration',
    'deploy/compose.traefik.yaml  api: services.api-replicas-once has no transport once@file',
    'deploy/compose.traefik.yaml  dynamic files: routers.dashboard has no entry point traefik',
    'deploy/compose.traefik.yaml  edge-proxy has depends_on frontend-gateway not set, expected service_healthy',
    "deploy/compose.traefik.yaml  edge-proxy has the engine's socket",
    'deploy/compose.traefik.yaml  entry point web has no middleware gone@file',
    'deploy/compose.traefik.yaml  entry point web has no middleware that takes',
    'deploy/compose.traefik.yaml  frontend-gateway is missing',
    'deploy/compose.traefik.yaml  middlewares.retry-idempotent takes 2097152 bytes of memory',
    "deploy/compose.traefik.yaml  socket-proxy has the engine's socket and a way out",
    'deploy/compose.traefik.yaml  worker has image nestfleet/jobs, expected nestfleet/worker:',
    'deploy/compose.traefik.yaml  worker has the image nestfleet/jobs, which is no service of the table',
    'deploy/compose.yaml  api publishes a port',
    'deploy/compose.yaml  consul lacks cap_drop',
    'deploy/compose.yaml  consul lacks no-new-privileges',
    'deploy/compose.yaml  consul lacks read_only',
    'deploy/compose.yaml  worker has a container_name',
    'deploy/haproxy/consul.cfg  api: does not send PUT /values/* with if-match: "1" again',
    'deploy/haproxy/consul.cfg  api: does not send PUT /values/* with if-match: "1", "2" again',
    'deploy/haproxy/docker.cfg  api: sends PUT /values/* with if-match: "1", * again',
    'deploy/haproxy/docker.cfg  api: sends PUT /values/* with if-match: * again',
    'deploy/haproxy/docker.cfg  has no "backend gateway"',
    'deploy/haproxy/static.cfg  asks for no health, expected /readyz',
    'deploy/image/healthcheck  asks for /startupz /health, expected /startupz /livez',
  ],
};

/** This one has a spec of its own. */
const elsewhere = ['imports'];

/** Small tables, so that a fixture need not hold every project and service of the repository. */
const small: readonly Rule[] = [
  projectsRule([
    { kind: 'app', name: 'api', libs: ['state'] },
    { kind: 'app', name: 'worker', libs: [] },
    { kind: 'lib', name: 'state', libs: [] },
  ]),
  deployRule([
    { ...services.api, name: 'api', routes: [connectFailure('GET', '/'), withIfMatch('PUT', '/values/*')] },
    { ...services['frontend-gateway'], name: 'frontend-gateway', routes: [] },
    { ...services.worker, name: 'worker' },
  ]),
];

function ruleCalled(name: string): Rule {
  const rule = [...small, ...allRules].find((candidate) => candidate.name === name);
  if (rule === undefined) throw new Error(`there is no rule called ${name}`);
  return rule;
}

describe('each rule falls on its fixture', () => {
  it.each(Object.keys(expected))('%s', async (name) => {
    const findings = await findingsIn(name, ruleCalled(name));
    const starts = expected[name] ?? [];
    expect(findings.map((finding, index) => finding.slice(0, starts[index]?.length))).toEqual(starts);
  });

  it('has a fixture and a line here for every rule', () => {
    const names = allRules.map(({ name }) => name).toSorted();
    expect(Object.keys(expected).concat(elsewhere).toSorted()).toEqual(names);
    const fixtures = readdirSync(`${import.meta.dirname}/fixtures`).filter(
      (name) => !['clean', 'oxlint'].includes(name),
    );
    expect(fixtures.toSorted()).toEqual(names);
  });
});

describe('the rule lua', () => {
  it('names every script with a poor header', () => {
    const files = ['libs/a/src/x.lua', 'libs/a/src/y.lua'];
    const workspace = {
      root: '.',
      files,
      projects: [],
      modules: '',
      dist: '',
      exists: () => true,
      read: () => 'return 1',
    };
    expect(ruleCalled('lua').check(workspace)).toEqual([
      { file: 'libs/a/src/x.lua', message: 'the header lacks a header in --[[ ]]' },
      { file: 'libs/a/src/y.lua', message: 'the header lacks a header in --[[ ]]' },
    ]);
  });
});

describe('no rule falls on a clean workspace', () => {
  const clean = allRules.filter(({ name }) => name !== 'projects');
  it.each(clean.map(({ name }) => name))('%s', async (name) => {
    expect(await findingsIn('clean', ruleCalled(name))).toEqual([]);
  });
});
