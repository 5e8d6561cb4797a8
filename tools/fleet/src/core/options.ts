import { StackFault } from './faults.ts';

export const BALANCERS = ['gateway', 'traefik', 'traefik-consul', 'haproxy', 'haproxy-consul'] as const;
export type Balancer = (typeof BALANCERS)[number];
export const ENGINES = ['local', 'docker'] as const;
export type Engine = (typeof ENGINES)[number];

/** FleetOptions name the engine and the edge proxy; undefined is "as it is, or the default". */
export interface FleetOptions {
  readonly engine?: Engine | undefined;
  readonly balancer?: Balancer | undefined;
  /** Edge proxies outside the fleet that send to its replicas too: these register their tags and wait out their drain delay. */
  readonly externalProxies?: readonly Balancer[] | undefined;
  readonly tls?: boolean | undefined;
  readonly prometheus?: boolean | undefined;
  /** Docker Compose's name of the fleet. */
  readonly project?: string | undefined;
}

/** readFleetOptions reads the settings of make; an empty one is one that was not given. @throws StackFault bad_argument */
export function readFleetOptions(env: NodeJS.ProcessEnv): FleetOptions {
  // What `make up` starts must never be taken for production.
  if (env['ENGINE'] === 'kubernetes')
    throw bad('make starts no fleet on Kubernetes: kubectl apply -k deploy/kubernetes/overlays/dev');
  const [first, ...others] = (env['BALANCER'] ?? '').split(',');
  const externalProxies = others.flatMap((word) => oneOf('BALANCER', word, BALANCERS) ?? []);
  return {
    engine: oneOf('ENGINE', env['ENGINE'], ENGINES),
    balancer: oneOf('BALANCER', first, BALANCERS),
    ...(externalProxies.length > 0 ? { externalProxies } : {}),
    tls: flag('TLS', env['TLS']),
    prometheus: flag('PROMETHEUS', env['PROMETHEUS']),
    project: projectName(env['NESTFLEET_PROJECT']),
  };
}

const bad = (message: string): StackFault => new StackFault('bad_argument', message);

function oneOf<T extends string>(name: string, word: string | undefined, known: readonly T[]): T | undefined {
  if (!word) return undefined;
  const found = known.find((each) => each === word);
  if (found === undefined) throw bad(`${name} is "${word}", expected one of ${known.join(', ')}`);
  return found;
}

function flag(name: string, word: string | undefined): boolean | undefined {
  if (!word) return undefined;
  if (word !== '1' && word !== '0') throw bad(`${name} is "${word}", expected 1 or 0`);
  return word === '1';
}

function projectName(word: string | undefined): string | undefined {
  if (!word) return undefined;
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/.test(word)) return word;
  throw bad(`NESTFLEET_PROJECT is "${word}", expected small letters, digits, - and _`);
}
