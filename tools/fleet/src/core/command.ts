import { parseArgs } from 'node:util';
import { type ServiceName, services, variableOf } from '@nestfleet/contracts';
import { COUNT_MAX, namesOf, serviceOf, type ServiceTable, shortName, startOrder } from './services.ts';
import { StackFault } from './faults.ts';

/** Command is a valid command line. */
export type Command =
  | { readonly name: 'up'; readonly counts: Partial<Record<ServiceName, number>>; readonly port?: number }
  | { readonly name: 'scale'; readonly service: ServiceName; readonly count: number }
  | { readonly name: 'restart'; readonly services: readonly ServiceName[] }
  | { readonly name: 'ps'; readonly json: boolean }
  | { readonly name: 'logs'; readonly of?: string; readonly follow: boolean }
  | { readonly name: 'stop-server' | 'start-server'; readonly server: 'redis' | 'consul'; readonly kill: boolean }
  | { readonly name: 'drain' | 'undrain'; readonly instance: string }
  | { readonly name: 'down' | 'clean' | 'build' | 'reload' };

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

/**
 * parseCommand reads the arguments that make passes on.
 * @param env where `up` finds the counts that `make up API=2` names: make puts its variables there
 * @throws StackFault bad_argument
 */
export function parseCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  table: ServiceTable = services,
): Command {
  const [name = '', ...rest] = args;
  switch (name) {
    case 'up': {
      const shortNames = namesOf(table).map((service) => [table[service].shortName, text] as const);
      const { port, ...counts } = read(rest, { ...Object.fromEntries(shortNames), port: text });
      const named = countsOf(table, counts, env);
      return { name, counts: named, ...(port === undefined ? {} : { port: whole('PORT', port, 65_535) }) };
    }
    case 'scale': {
      const { service: word, count } = read(rest, { service: text, count: text });
      if (count === undefined) throw bad('say how many: make scale N=5, or make scale SERVICE=worker N=4');
      return { name, service: known(word ?? 'api'), count: whole('N', count, COUNT_MAX) };
    }
    case 'restart': {
      const { service: word } = read(rest, { service: text });
      return { name, services: word === undefined ? startOrder : [known(word)] };
    }
    case 'ps':
      return { name, json: read(rest, { json: flag }).json === true };
    case 'logs': {
      const { of, follow } = read(rest, { of: text, follow: flag });
      return { name, follow: follow === true, ...(of === undefined ? {} : { of }) };
    }
    case 'stop-server':
    case 'start-server': {
      const { server, kill } = read(rest, { server: text, kill: flag });
      if (server !== 'redis' && server !== 'consul') throw bad('the servers are redis and consul: NAME=redis');
      return { name, server, kill: kill === true };
    }
    case 'drain':
    case 'undrain': {
      const { instance } = read(rest, { instance: text });
      if (!instance) throw bad(`say which replica: make ${name} INSTANCE=api-2`);
      return { name, instance };
    }
    case 'down':
    case 'clean':
    case 'build':
    case 'reload':
      read(rest, {});
      return { name };
    default:
      throw bad(
        `no such command: ${name === '' ? '(none)' : name}; there are up, ps, logs, scale, restart, drain, down, clean and build`,
      );
  }
}

const bad = (message: string): StackFault => new StackFault('bad_argument', message);

type Options = Readonly<Record<string, typeof text | typeof flag>>;

function read<T extends Options>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : String(cause));
  }
}

function whole(name: string, word: string, max: number): number {
  const value = Number(word);
  if (!/^\d+$/.test(word) || value > max) throw bad(`${name} is "${word}", expected a whole number from 0 to ${max}`);
  return value;
}

/** An option goes before a variable; an empty variable is one that was not given. */
function countsOf(
  table: ServiceTable,
  options: Readonly<Record<string, string | undefined>>,
  env: NodeJS.ProcessEnv,
): Partial<Record<ServiceName, number>> {
  const named = namesOf(table).flatMap((service) => {
    const variable = variableOf(table[service]);
    const word = options[table[service].shortName] ?? (env[variable] || undefined);
    return word === undefined ? [] : [[service, whole(variable, word, COUNT_MAX)]];
  });
  return Object.fromEntries(named) as Partial<Record<ServiceName, number>>;
}

function known(word: string): ServiceName {
  const service = serviceOf(word);
  if (service === undefined) throw bad(`no such service: ${word}; there are ${startOrder.map(shortName).join(', ')}`);
  return service;
}
