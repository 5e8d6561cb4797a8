import { names } from '@nx/devkit';
import { jobNames, METRICS_PATH, operationalRoutes, routedServices } from '@nestfleet/contracts';
import type { TableRow, Taken } from './table.ts';

/** AddServiceOptions are the arguments of the generator. */
export interface AddServiceOptions {
  readonly name: string;
  /** @default `/` and the name */
  readonly route?: string;
  /** In the singular. @default none */
  readonly queue?: string;
}

/** Spellings are the words that the templates write. */
export interface Spellings extends TableRow {
  /** `billing-desk` in code: `billingDesk` and `BillingDesk`. */
  readonly camel: string;
  readonly pascal: string;
  readonly title: string;
  /** Empty without a queue. */
  readonly queue: string;
  readonly queueCamel: string;
  readonly queuePascal: string;
  readonly pluralPascal: string;
}

/** Compose services, and project names, that are no service of the table. */
const RESERVED: readonly string[] = ['redis', 'consul', 'edge-proxy', 'prometheus', 'secrets', 'socket-proxy'];
/** With what the templates add they are names that the templates import: `baseConfig`, `loadConfig`, `DynamicModule`, `defineQueue`. */
const IMPORTED: readonly string[] = ['base', 'load', 'dynamic', 'define'];
/** Variables of make and of shells: the replicas of a service are a variable too (`make up API=2`). */
const VARIABLES: readonly string[] =
  `all artifacts balancer ci display domain engine follow force from home host instance json kill
  editor hostname pager visual debug columns lines oldpwd lang logname mail n name node-env only path port project prometheus pwd quick rate seconds secrets-dir seed seeded service
  shell shlvl term times tls tmpdir tz user version revision`.split(/\s+/);
/** First segments at the edge that the gateway, its page, HAProxy and the paths of services have. */
const OWN_PATHS: readonly string[] = [
  '/assets',
  '/admin',
  METRICS_PATH,
  ...routedServices.flatMap(({ ingress, routes }) => [
    ...ingress.paths,
    ...(ingress.prefix === '/' ? routes.map(({ path }) => `/${path.split('/')[1]}`) : []),
  ]),
];
/** First segments of every service. */
const OWN_SEGMENTS: readonly string[] = operationalRoutes.map(({ path }) => path.split('/')[1] ?? '');
const LENGTH_MAX = 30;

const isName = (word: string): boolean => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(word) && word.length <= LENGTH_MAX;

/** pluralOf is the plural of an English noun, as paths have it; irregular ones are renamed by hand. */
export function pluralOf(noun: string): string {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/**
 * spellings checks the arguments of the generator against what is there.
 * @param projects names of the projects that are there
 * @throws Error that names what does not fit
 */
export function spellings(options: AddServiceOptions, taken: Taken, projects: readonly string[]): Spellings {
  const { name, queue = '' } = options;
  const route = options.route ?? `/${name}`;
  const what = `1 to ${LENGTH_MAX} lower-case letters and digits, with hyphens between them, a letter first`;
  if (!isName(name)) throw new Error(`the name "${name}" is not ${what}`);
  if ([...RESERVED, ...IMPORTED, ...VARIABLES, ...taken.variables, ...taken.names, ...projects].includes(name))
    throw new Error(`the name "${name}" is in use`);
  if (!route.startsWith('/') || !isName(route.slice(1))) throw new Error(`the route "${route}" is not / and ${what}`);
  if ([...OWN_PATHS, ...taken.prefixes].includes(route)) throw new Error(`the route "${route}" is in use`);
  if (/-\d+$/.test(name))
    throw new Error(`the name "${name}" is that of a replica: no hyphen before a number at its end`);
  if (queue !== '' && !isName(queue)) throw new Error(`the queue "${queue}" is not ${what}`);
  const plural = queue === '' ? undefined : pluralOf(queue);
  if ([...IMPORTED, ...jobNames, ...taken.queues].includes(queue) || OWN_SEGMENTS.includes(plural ?? ''))
    throw new Error(`the queue "${queue}" is in use, or its path is`);
  return {
    name,
    prefix: route,
    port: Math.max(...taken.ports.filter((port) => port < 3_100)) + 1,
    plural,
    camel: names(name).propertyName,
    pascal: names(name).className,
    title: name.replaceAll('-', ' '),
    queue,
    queueCamel: names(queue).propertyName,
    queuePascal: names(queue).className,
    pluralPascal: names(plural ?? '').className,
  };
}
