import { posix } from 'node:path';
import { parseDocument } from 'yaml';

/** A service as the checks see it: what Compose lets one write as a list or a mapping is a mapping here. */
export interface Service {
  readonly image?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** What it waits for, and until when: `{ redis: service_healthy }`. */
  readonly dependsOn: Readonly<Record<string, string>>;
  /** Paths whose changes `docker compose watch` takes into the container. */
  readonly watched: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
  /** As text: `source:target:mode`, or the source of the long form. */
  readonly volumes: readonly string[];
  readonly ports: readonly unknown[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  readonly readOnly: boolean;
  readonly containerName?: string;
  readonly stopGracePeriod?: string;
  /** What does not hold here, and why: `x-not-hardened: { read_only: reason }`; also stop_grace_period and BALANCER. */
  readonly notHardened: Readonly<Record<string, string>>;
}

export interface Compose {
  readonly services: ReadonlyMap<string, Service>;
  /** Networks without a way out. */
  readonly internal: readonly string[];
}

type Read = (file: string) => string;
type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A YAML file as plain values, anchors and merge keys resolved. Throws with the first fault. */
export function readYaml(text: string): Mapping {
  const document = parseDocument(text, { merge: true });
  if (document.errors[0]) throw new Error(document.errors[0].message.split('\n')[0]);
  const value: unknown = document.toJS();
  return isMapping(value) ? value : {};
}

/** What `docker compose -f first -f second …` sees, as far as the checks need it. Variables stay as they are written. */
export function readCompose(read: Read, files: readonly string[]): Compose {
  let services: Record<string, Mapping> = {};
  const internal: string[] = [];
  for (const file of files) {
    const content = readYaml(read(file));
    for (const [name, network] of Object.entries(mappingOf(content['networks'])))
      if (isMapping(network) && network['internal'] === true) internal.push(name);
    for (const name of Object.keys(mappingOf(content['services'])))
      services = { ...services, [name]: merge(services[name] ?? {}, serviceIn(read, file, name)) };
  }
  return { services: new Map(Object.entries(services).map(([name, raw]) => [name, serviceOf(raw)])), internal };
}

/** The service as one file says it, with what it extends. */
function serviceIn(read: Read, file: string, name: string): Mapping {
  const own = normal(mappingOf(mappingOf(readYaml(read(file))['services'])[name]));
  const base = own['extends'];
  if (base === undefined) return own;
  if (typeof base === 'string') return merge(serviceIn(read, file, base), own);
  const { file: other, service } = mappingOf(base);
  const from = typeof other === 'string' ? posix.join(posix.dirname(file), other) : file;
  return merge(serviceIn(read, from, textOf(service)), own);
}

const asMappings = ['labels', 'environment', 'networks', 'depends_on'];

function normal(service: Mapping): Mapping {
  return Object.fromEntries(
    Object.entries(service).map(([key, value]) => [key, asMappings.includes(key) ? normalOf(value) : value]),
  );
}

const normalOf = (value: unknown): unknown => (isList(value) ? Object.fromEntries(value.map(pairOf)) : value);

function pairOf(line: unknown): [string, unknown] {
  const text = textOf(line);
  const at = text.indexOf('=');
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

const replaced = ['command', 'entrypoint', 'test'];

/** Compose's rule: mappings merge, lists append, all else is replaced. */
function merge(below: Mapping, above: Mapping): Mapping {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const old = result[key];
    if (isMapping(old) && isMapping(value)) result[key] = merge(old, value);
    else if (isList(old) && isList(value) && !replaced.includes(key)) result[key] = [...old, ...value];
    else result[key] = value;
  }
  return result;
}

function serviceOf(raw: Mapping): Service {
  const { image, container_name: containerName, stop_grace_period: stopGracePeriod } = raw;
  return {
    buildArgs: texts(normalOf(mappingOf(raw['build'])['args'])),
    command: list(raw['command']).map(textOf),
    dependsOn: Object.fromEntries(
      Object.entries(mappingOf(raw['depends_on'])).map(([name, one]) => [name, textOf(mappingOf(one)['condition'])]),
    ),
    watched: list(mappingOf(raw['develop'])['watch']).map((each) => textOf(mappingOf(each)['path'])),
    labels: texts(raw['labels']),
    environment: texts(raw['environment']),
    networks: Object.keys(mappingOf(raw['networks'])),
    volumes: list(raw['volumes']).map((volume) => textOf(isMapping(volume) ? volume['source'] : volume)),
    ports: list(raw['ports']),
    capDrop: list(raw['cap_drop']).map(textOf),
    securityOpt: list(raw['security_opt']).map(textOf),
    readOnly: raw['read_only'] === true,
    notHardened: texts(raw['x-not-hardened']),
    ...(image === undefined ? {} : { image: textOf(image) }),
    ...(containerName === undefined ? {} : { containerName: textOf(containerName) }),
    ...(stopGracePeriod === undefined ? {} : { stopGracePeriod: textOf(stopGracePeriod) }),
  };
}

const mappingOf = (value: unknown): Mapping => (isMapping(value) ? value : {});
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const list = (value: unknown): readonly unknown[] => (isList(value) ? value : []);

/** A scalar as Compose passes it on; a mapping or list where none belongs is shown as it is. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(mappingOf(value)).map(([key, one]) => [key, textOf(one)]));
}
