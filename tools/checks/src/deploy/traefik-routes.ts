/** Labels or tags that come together: of one service, or of the files. */
export interface Source {
  /** Who says it, for messages. */
  readonly from: string;
  readonly lines: readonly (readonly [key: string, value: string])[];
}

/** The lines of a router, middleware, service or transport, such as `rule` → `Host(…)`. */
export type Definition = ReadonlyMap<string, string>;
type Definitions = ReadonlyMap<string, Definition>;

/**
 * What is wrong with what Traefik is told: things defined twice, references to nothing, a router of a prefix that
 * does not strip it, a retry that is not last. `files` are what its file provider says, which others name with `@file`.
 * @param prefixes those that are taken off on the way to their service, the longest first
 * @param provider the one that the sources come from, which files name with `@<provider>`
 */
export function routingFaults(
  sources: readonly Source[],
  files: Source,
  entryPoints: readonly string[],
  prefixes: readonly string[],
  provider: string,
): string[] {
  const all = [...sources, files];
  const byProvider: Readonly<Record<string, Definitions>> = {
    file: definitionsOf(files),
    [provider]: new Map(sources.flatMap((source) => [...definitionsOf(source)])),
  };
  return [
    ...all.flatMap(doubles),
    ...conflicts(sources),
    ...sources.flatMap((source) => referenceFaults(source, byProvider, entryPoints, prefixes)),
    // What files route goes to the gateway, which takes the prefix off.
    ...referenceFaults(files, byProvider, entryPoints, []),
  ];
}

/** definitionsOf is what a source defines, by kind and name in lower case, such as `routers.api-host`. */
export function definitionsOf({ lines }: Source): Definitions {
  const things = new Map<string, Map<string, string>>();
  for (const [key, value] of lines) {
    const [, thing, rest] = /^traefik\.http\.(\w+\.[\w-]+)\.(.+)$/i.exec(key) ?? [];
    if (thing === undefined || rest === undefined) continue;
    const known = things.get(thing.toLowerCase()) ?? new Map<string, string>();
    things.set(thing.toLowerCase(), known.set(rest.toLowerCase(), value));
  }
  return things;
}

function doubles({ from, lines }: Source): string[] {
  const keys = lines.map(([key]) => key.toLowerCase());
  return [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))].map(
    (key) => `${from}: ${key} is said twice`,
  );
}

/** Two sources may say the same thing; Traefik drops what they say differently. */
function conflicts(sources: readonly Source[]): string[] {
  const first = new Map<string, { from: string; text: string }>();
  return sources.flatMap((source) =>
    [...definitionsOf(source)].flatMap(([thing, lines]) => {
      const text = JSON.stringify([...lines].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      const known = first.get(thing);
      if (known === undefined) first.set(thing, { from: source.from, text });
      const isConflict = known !== undefined && known.text !== text;
      return isConflict
        ? [`${thing} is defined differently by ${known.from} and ${source.from}: Traefik drops it`]
        : [];
    }),
  );
}

function referenceFaults(
  source: Source,
  byProvider: Readonly<Record<string, Definitions>>,
  entryPoints: readonly string[],
  prefixes: readonly string[],
): string[] {
  const own = definitionsOf(source);
  const find = (kind: string, name: string): Definition | undefined => {
    const [plain = '', provider] = name.split('@');
    return (provider === undefined ? own : byProvider[provider])?.get(`${kind}.${plain}`);
  };
  const exists = (kind: string, name: string): boolean =>
    name === 'api@internal' ? kind === 'services' : find(kind, name) !== undefined;
  return [...own].flatMap(([thing, lines]) => {
    const faults = thing.startsWith('routers.') ? routerFaults(lines, find, exists, entryPoints, prefixes) : [];
    const transport = lines.get('loadbalancer.serverstransport');
    if (transport !== undefined && !exists('serverstransports', transport)) faults.push(`no transport ${transport}`);
    return faults.map((fault) => `${source.from}: ${thing} has ${fault}`);
  });
}

function routerFaults(
  lines: ReadonlyMap<string, string>,
  find: (kind: string, name: string) => Definition | undefined,
  exists: (kind: string, name: string) => boolean,
  entryPoints: readonly string[],
  prefixes: readonly string[],
): string[] {
  const names = (key: string): string[] =>
    lines
      .get(key)
      ?.split(',')
      .map((name) => name.trim()) ?? [];
  const rule = lines.get('rule') ?? '';
  const service = lines.get('service');
  const chain = names('middlewares');
  const says = (name: string, key: string): string | undefined => find('middlewares', name)?.get(key);
  const strips = (prefix: string): boolean =>
    chain.some((name) => says(name, 'stripprefix.prefixes')?.split(',').includes(prefix));
  const paths = /\bHost\(/.test(rule)
    ? []
    : [...rule.matchAll(/\bPath(?:Prefix)?\(`([^`]+)`/g)].map(([, path]) => `${path}/`);
  const taken = new Set(paths.flatMap((path) => prefixes.find((prefix) => path.startsWith(`${prefix}/`)) ?? []));
  const isRetry = (name: string): boolean => says(name, 'retry.attempts') !== undefined;
  const first = chain.findIndex(isRetry);
  return [
    ...(rule === '' ? ['no rule'] : []),
    ...(lines.has('priority') ? [] : ['no priority']),
    ...(service === undefined ? ['no service'] : exists('services', service) ? [] : [`no service ${service}`]),
    ...chain.filter((name) => !exists('middlewares', name)).map((name) => `no middleware ${name}`),
    ...names('entrypoints')
      .filter((name) => !entryPoints.includes(name))
      .map((name) => `no entry point ${name}`),
    ...[...taken].filter((prefix) => !strips(prefix)).map((prefix) => `no middleware that strips ${prefix}`),
    ...(first >= 0 && !chain.slice(first).every(isRetry)
      ? ['a middleware after its retry, which would run once more']
      : []),
  ];
}

/** A file of Traefik's file provider, in the keys that labels have. */
export function linesOf(content: unknown, path = 'traefik'): [string, string][] {
  if (Array.isArray(content)) {
    const isPlain = content.every((item) => typeof item !== 'object');
    if (isPlain) return [[path, content.join(',')]];
    return content.flatMap((item, index) => linesOf(item, `${path}[${index}]`));
  }
  if (typeof content === 'object' && content !== null)
    return Object.entries(content).flatMap(([key, value]) => linesOf(value, `${path}.${key}`));
  return [[path, String(content)]];
}
