import type { Finding } from '../rule.ts';
import type { Service } from './compose-file.ts';
import { isCatchAll, routedRows, type TableRow } from './services-table.ts';
import { type Deployed, overlay } from './topologies.ts';

/** Fact is what a container has, what that is, and what it has to be; undefined where there is to be nothing. */
type Fact = readonly [what: string, is: string | undefined, expected: string | undefined];

const SERVERS = ['redis', 'consul'] as const;
const READY = 'service_healthy';

/**
 * composeFindings: the containers are those of the table of services, each with its image, its ports and the servers that it
 * needs; the edge proxy waits for all that it routes to; and each addition adds to every service.
 */
export function composeFindings({ balancer, files, compose }: Deployed, rows: readonly TableRow[]): Finding[] {
  const file = files.at(-1) ?? '';
  const { services } = compose;
  const routed = routedRows(rows);
  const edge = balancer === 'gateway' ? rows.find(isCatchAll)?.name : 'edge-proxy';
  const isAdded = (name: string): boolean => files.includes(overlay(name));
  const messages = [
    ...rows.flatMap((row) => {
      const service = services.get(row.name);
      if (service === undefined) return [`${row.name} is missing`];
      const tag = isAdded('dev') ? '${NESTFLEET_TAG:-dev}-watch' : '${NESTFLEET_TAG:-dev}';
      return faults(row.name, [
        ...containerFacts(row, service, `nestfleet/${row.name}:${tag}`),
        ...(balancer === 'traefik-consul' && row.ingress !== undefined ? domainFacts(service) : []),
        ...(isAdded('dev') ? watchFacts(row, service) : []),
        ...(isAdded('quickstart') ? quickstartFacts(service) : []),
      ]);
    }),
    ...[...services].flatMap(([name, { dependsOn }]) =>
      name === edge
        ? faults(
            name,
            routed.filter((row) => row.name !== edge).map((row) => dependency(row.name, dependsOn, READY)),
          )
        : [],
    ),
    ...[...services].flatMap(([name, { image = '' }]) => {
      const own = /^nestfleet\/([^:]*)/.exec(image)?.[1];
      const isKnown = own === undefined || rows.some((row) => row.name === own);
      return isKnown ? [] : [`${name} has the image nestfleet/${own}, which is no service of the table`];
    }),
  ];
  return messages.map((message) => ({ file, message }));
}

const faults = (name: string, facts: readonly Fact[]): string[] =>
  facts
    .filter(([, is, expected]) => is !== expected)
    .map(([what, is, expected]) => `${name} has ${what} ${is ?? 'not set'}, expected ${expected ?? 'none'}`);

const dependency = (name: string, dependsOn: Service['dependsOn'], expected: string | undefined): Fact => [
  `depends_on ${name}`,
  dependsOn[name],
  expected,
];

function containerFacts({ name, ports, needs }: TableRow, service: Service, image: string): Fact[] {
  const { buildArgs, environment, dependsOn } = service;
  return [
    ['image', service.image, image],
    ['build argument APP', buildArgs['APP'], name],
    ['PORT', environment['PORT'], `${ports.http}`],
    ['RPC_PORT', environment['RPC_PORT'], ports.rpc === undefined ? undefined : `${ports.rpc}`],
    ...SERVERS.map((server) => dependency(server, dependsOn, needs.includes(server) ? READY : undefined)),
  ];
}

/** The tags of a registration carry the domain. */
const domainFacts = ({ environment }: Service): Fact[] => [['DOMAIN', environment['DOMAIN'], '${DOMAIN:-localhost}']];

function watchFacts({ name }: TableRow, { command, watched }: Service): Fact[] {
  const sources = `../apps/${name}/src`;
  return [
    ['as the last word of its command', command.at(-1), `apps/${name}`],
    ['in watch', watched.find((path) => path === sources), sources],
  ];
}

const quickstartFacts = ({ dependsOn, volumes }: Service): Fact[] => [
  dependency('secrets', dependsOn, 'service_completed_successfully'),
  ['in volumes', volumes.find((volume) => volume.endsWith(':/run/secrets:ro')), 'secrets:/run/secrets:ro'],
];
