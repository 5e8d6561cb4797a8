import { durationMs } from './grace.ts';
import type { Balancer } from './topologies.ts';

/** What the fleet relies on. Whether a setting exists at all, Traefik says when it starts. */
const wanted: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  traefik: {
    TRAEFIK_API_INSECURE: 'false',
    TRAEFIK_PROVIDERS_DOCKER_EXPOSEDBYDEFAULT: 'false',
    TRAEFIK_PROVIDERS_DOCKER_WATCH: 'true',
    TRAEFIK_PROVIDERS_DOCKER_ENDPOINT: 'tcp://socket-proxy:2375',
  },
  'traefik-consul': {
    TRAEFIK_API_INSECURE: 'false',
    TRAEFIK_PROVIDERS_CONSULCATALOG_EXPOSEDBYDEFAULT: 'false',
    TRAEFIK_PROVIDERS_CONSULCATALOG_WATCH: 'true',
    TRAEFIK_PROVIDERS_CONSULCATALOG_STRICTCHECKS: 'passing',
  },
};

/** Our replicas close an idle connection after this (libs/service, adapter.ts): Traefik has to let go before. */
export const KEEP_ALIVE_MS = 95_000;
const idleConnections = 'TRAEFIK_SERVERSTRANSPORT_FORWARDINGTIMEOUTS_IDLECONNTIMEOUT';

/** What is wrong with the environment of a Traefik balancer. */
export function environmentFaults(balancer: Balancer, environment: Readonly<Record<string, string>>): string[] {
  const keys = Object.keys(environment).filter((key) => /^TRAEFIK_/i.test(key));
  const idle = environment[idleConnections] ?? '90s';
  return [
    ...Object.entries(wanted[balancer] ?? {})
      .filter(([key, value]) => environment[key] !== value)
      .map(([key, value]) => `${key} is ${environment[key] ?? 'not set'}, expected ${value}`),
    ...(durationMs(idle) < KEEP_ALIVE_MS ? [] : [`${idleConnections} is ${idle}, replicas close before that`]),
    ...keys
      .filter((key) => key.endsWith('_FORWARDEDHEADERS_INSECURE') && environment[key] !== 'false')
      .map((key) => `${key} trusts every client`),
  ];
}

/** Names of the entry points, as routers refer to them. */
export function entryPointsOf(environment: Readonly<Record<string, string>>): string[] {
  return Object.keys(environment).flatMap(
    (key) => /^TRAEFIK_ENTRYPOINTS_([A-Z0-9]+)_ADDRESS$/.exec(key)?.[1]?.toLowerCase() ?? [],
  );
}

type Lines = readonly (readonly [key: string, value: string])[];

function linesOf(middleware: string, lines: Lines): Lines {
  const start = `traefik.http.middlewares.${middleware.replace(/@file$/, '')}.`;
  return lines.filter(([key]) => key.toLowerCase().startsWith(start));
}

/** What clients say of their way here: Traefik's `stripprefix` adds to it, so it is taken away before every route. */
const untrusted = 'headers.customrequestheaders.x-forwarded-prefix';

/**
 * What is wrong with the middlewares that entry points put before every route.
 * @param lines what the files say, in the keys of labels
 */
export function entryPointFaults(environment: Readonly<Record<string, string>>, lines: Lines): string[] {
  const open = entryPointsOf(environment).filter((name) => setting(environment, name, 'ASDEFAULT') === 'true');
  return open.flatMap((name) => {
    const chain = setting(environment, name, 'HTTP_MIDDLEWARES')?.split(',') ?? [];
    const cleans = chain.some((one) =>
      linesOf(one, lines).some(([key, value]) => key.toLowerCase().endsWith(untrusted) && value === ''),
    );
    return [
      ...chain.filter((one) => linesOf(one, lines).length === 0).map((one) => `no middleware ${one}`),
      ...(cleans ? [] : ["no middleware that takes the client's X-Forwarded-Prefix away"]),
    ].map((fault) => `entry point ${name} has ${fault}`);
  });
}

function setting(environment: Readonly<Record<string, string>>, name: string, key: string): string | undefined {
  return environment[`TRAEFIK_ENTRYPOINTS_${name.toUpperCase()}_${key}`];
}

const forwarding = 'TRAEFIK_SERVERSTRANSPORT_FORWARDINGTIMEOUTS_';
/** Longest for all connections that the attempts of a retry wait for, milliseconds: a replica that died is off by then. */
const CONNECTING_MS = 2_000;

/**
 * What is wrong with the times for which Traefik waits for a replica: the connections that are used once wait as the others
 * do, and all attempts together less than two seconds for connections.
 * @param lines what the files say, in the keys of labels
 */
export function waitingFaults(environment: Readonly<Record<string, string>>, lines: Lines): string[] {
  const inFiles = (pattern: RegExp): string[] => lines.flatMap(([key, value]) => (pattern.test(key) ? [value] : []));
  const attempts = Math.max(0, ...inFiles(/^traefik\.http\.middlewares\.[\w-]+\.retry\.attempts$/i).map(Number));
  const dial = environment[`${forwarding}DIALTIMEOUT`] ?? '30s';
  return [
    ...['DIALTIMEOUT', 'RESPONSEHEADERTIMEOUT'].flatMap((name) => {
      const expected = environment[forwarding + name];
      const told = inFiles(
        new RegExp(`^traefik\\.http\\.serverstransports\\.[\\w-]+\\.forwardingtimeouts\\.${name}$`, 'i'),
      );
      if (expected === undefined) return [`${forwarding}${name} is not set`];
      return told
        .filter((value) => value !== expected)
        .map((value) => `${forwarding}${name} is ${expected}, in the files ${value}`);
    }),
    ...(attempts * durationMs(dial) < CONNECTING_MS
      ? []
      : [`${attempts} attempts of ${dial} wait for connections for two seconds and more`]),
  ];
}
