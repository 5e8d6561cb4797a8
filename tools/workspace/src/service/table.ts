import { removeBlock } from './blocks.ts';

export const TABLE_FILE = 'libs/contracts/src/services.ts';
const END = /^\} as const satisfies Readonly<Record<string, ServiceDeclaration>>;$/m;

/** TableRow is what the generator declares of a service. */
export interface TableRow {
  readonly name: string;
  readonly port: number;
  readonly prefix: string;
  /** Path of its jobs, such as `invoices`; undefined for a service without a queue. */
  readonly plural?: string | undefined;
}

/** Times of a service that runs jobs beside its requests, milliseconds: 8.5 s of the second are for jobs. */
export const IN_FLIGHT_MS = 10_000;
export const finishMs = ({ plural }: Pick<TableRow, 'plural'>): number => (plural === undefined ? 0 : 10_000);

const list = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(', ');
const keyOf = (name: string): string => (/^\w+$/.test(name) ? name : `'${name}'`);
const spelled = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, '_');

/** addRow declares a service behind those that are in the table. @throws Error where the table has no end that is known */
export function addRow(text: string, row: TableRow): string {
  const end = END.exec(text);
  if (end === null) throw new Error(`${TABLE_FILE} has no table that ends with "as const satisfies …"`);
  const { name, port, prefix, plural } = row;
  const libs = ['contracts', 'discovery', ...(plural === undefined ? [] : ['jobs']), 'service', 'timing'];
  const needs = plural === undefined ? ['consul'] : ['redis', 'consul'];
  const routes =
    plural === undefined
      ? [`idempotent('GET', '/whoami')`]
      : [`withIdempotencyKey('POST', '/${plural}')`, `idempotent('GET', '/${plural}/*')`];
  const entry = `  ${keyOf(name)}: {
    shortName: '${name}',
    replicas: 2,
    ports: { http: ${port} },
    shutdown: { inFlightMs: ${spelled(IN_FLIGHT_MS)}, finishMs: ${spelled(finishMs(row))} },
    needs: [${list(needs)}],
    libs: [${list(libs)}],
    ingress: { hosts: [], prefix: '${prefix}', paths: [] },
    routes: [${[...routes, '...operationalRoutes'].join(', ')}],
  },
`;
  return text.slice(0, end.index) + entry + text.slice(end.index);
}

export const removeRow = (text: string, name: string): string => removeBlock(text, `  ${keyOf(name)}: {`);

/** What the repository has already: a new service may have none of it. */
export interface Taken {
  /** In the catalog, and short ones. */
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
  readonly ports: readonly number[];
  /** Variables of the apps, as a name would be spelled. */
  readonly variables: readonly string[];
  readonly queues: readonly string[];
}

export function takenIn(text: string): Pick<Taken, 'names' | 'prefixes' | 'ports'> {
  const table = text.slice(text.indexOf('export const services = {'), END.exec(text)?.index);
  const all = (pattern: RegExp): string[] => [...table.matchAll(pattern)].map(([, found]) => found ?? '');
  return {
    names: [...all(/^ {2}'?([a-z][a-z0-9-]*)'?: \{$/gm), ...all(/shortName: '([^']+)'/g)],
    prefixes: all(/prefix: '([^']+)'/g),
    ports: all(/(?:http|rpc): (\d+)/g).map(Number),
  };
}
