import { isDeepStrictEqual } from 'node:util';
import { variableOf } from '@nestfleet/contracts';
import { parse } from 'yaml';
import { appendBlock, insertAfter, removeBlock, removeLine } from './blocks.ts';
import { finishMs, IN_FLIGHT_MS, type TableRow } from './table.ts';

/** Drain delay of the slowest load balancer, closing, and what the engine allows beyond; the `deploy` check compares it. */
const AROUND_MS = 3_000 + 3_000 + 5_000;

const variable = (shortName: string): string => variableOf({ shortName });

interface Edit {
  readonly file: string;
  readonly add: (text: string, row: TableRow) => string;
  readonly remove: (text: string, name: string) => string;
}

const withBlock = (file: string, blockOf: (row: TableRow) => string): Edit => ({
  file: `deploy/${file}`,
  add: (text, row) => appendBlock(text, 'services:', blockOf(row)),
  remove: (text, name) => removeBlock(text, `  ${name}:`),
});
const withLine = (file: string, anchor: RegExp, lineOf: (name: string) => string): Edit => ({
  file: `deploy/${file}`,
  add: (text, { name }) => insertAfter(text, anchor, lineOf(name)),
  remove: (text, name) => removeLine(text, lineOf(name)),
});

function container(row: TableRow): string {
  const { name, port, plural } = row;
  const hasQueue = plural !== undefined;
  const graceMs = AROUND_MS + IN_FLIGHT_MS + finishMs(row);
  const work = hasQueue ? ` + ${finishMs(row) / 1_000} s for jobs and their release` : '';
  return `  ${name}:
    <<: *app
    image: nestfleet/${name}:\${NESTFLEET_TAG:-dev}
    build: { context: .., dockerfile: deploy/Dockerfile, args: { <<: *build-args, APP: ${name} } }
    depends_on: ${hasQueue ? '*wait-for-servers' : '{ consul: { condition: service_healthy } }'}
    environment:
      <<: *app-environment
      PORT: ${port}
      STOP_GRACE_MS: ${graceMs}
      METRICS_PORT: 9464
      TRUSTED_PROXIES: *inner-proxies${hasQueue ? '\n      REDIS_URL_FILE: /run/secrets/redis_url' : ''}
    secrets: [control_token${hasQueue ? ', redis_url' : ''}]
    # Drain delay of the slowest load balancer 3 s + ${IN_FLIGHT_MS / 1_000} s in flight${work} + 3 s closing, and 5 s more.
    stop_grace_period: ${graceMs / 1_000}s
    deploy:
      resources: { limits: { cpus: '1', memory: '\${${variable(name)}_MEMORY_LIMIT:-256m}', pids: 128 } }`;
}

const behind = (balancer: string): Edit =>
  withBlock(
    `compose.${balancer}.yaml`,
    ({ name }) => `  ${name}:
    environment:
      BALANCER: ${balancer}`,
  );

const isReady = /^api: \{ condition: service_healthy \}$/;
const waits = (name: string): string => `${name}: { condition: service_healthy }`;

const edits: readonly Edit[] = [
  withBlock('compose.yaml', container),
  behind('gateway'),
  behind('haproxy'),
  behind('haproxy-consul'),
  withBlock(
    'compose.traefik.yaml',
    ({ name }) => `  ${name}:
    extends: { file: traefik/labels.yaml, service: ${name} }
    environment: { BALANCER: traefik }`,
  ),
  withBlock(
    'compose.traefik-consul.yaml',
    ({ name }) => `  ${name}:
    environment: { BALANCER: traefik-consul, DOMAIN: '\${DOMAIN:-localhost}' }`,
  ),
  withBlock(
    'compose.quickstart.yaml',
    ({ name }) => `  ${name}:
    depends_on: *made
    secrets: !reset []
    volumes: ['secrets:/run/secrets:ro']`,
  ),
  withBlock(
    'compose.dev.yaml',
    ({ name }) => `  ${name}:
    <<: *dev
    image: nestfleet/${name}:\${NESTFLEET_TAG:-dev}-watch
    build: { target: build }
    command: [sh, -c, *build-and-run, apps/${name}]
    develop:
      watch:
        - *libs
        - { action: sync+restart, path: ../apps/${name}/src, target: /app/apps/${name}/src }
        - { action: rebuild, path: ../package-lock.json }`,
  ),
  withLine('compose.haproxy.yaml', /^GATEWAY_SLOTS: /, (name) => {
    const slots = `${variable(name)}_SLOTS`;
    return `${slots}: \${${slots}:-12}`;
  }),
  ...['compose.gateway.yaml', 'compose.haproxy.yaml', 'traefik/edge-proxy.yaml'].map((file) =>
    withLine(file, isReady, waits),
  ),
];

/** COMPOSE_FILES are the files that `addToCompose` changes. */
export const COMPOSE_FILES: readonly string[] = [...new Set(edits.map(({ file }) => file))];

/** addToCompose enters a service into one of the Compose files, as `make up`, each edge proxy and `watch` need it. */
export function addToCompose(file: string, text: string, row: TableRow): string {
  return edits.reduce((edited, edit) => (edit.file === file ? edit.add(edited, row) : edited), text);
}

interface ComposeText {
  readonly services?: Record<
    string,
    { depends_on?: Record<string, unknown> | string[]; environment?: Record<string, unknown> } | undefined
  >;
}

const read = (text: string): ComposeText => parse(text, { logLevel: 'silent' }) as ComposeText;

/** isTakenOut: the text without a service says of all others what it said before, and is YAML. */
export function isTakenOut(before: string, after: string, name: string): boolean {
  const expected = read(before);
  delete expected.services?.[name];
  for (const service of Object.values(expected.services ?? {})) {
    if (service?.depends_on !== undefined && !Array.isArray(service.depends_on)) delete service.depends_on[name];
    delete service?.environment?.[`${variable(name)}_SLOTS`];
  }
  try {
    return isDeepStrictEqual(read(after), expected);
  } catch {
    return false;
  }
}

/** removeFromCompose is the inverse of `addToCompose`. */
export function removeFromCompose(file: string, text: string, name: string): string {
  return edits.reduce((edited, edit) => (edit.file === file ? edit.remove(edited, name) : edited), text);
}
