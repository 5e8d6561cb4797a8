import { at, isObject, type JsonObject, parseJson, textAt } from './json.ts';

/** `Manifest` is a package.json, as far as it matters here. */
export interface Manifest {
  readonly path: string;
  readonly text: string;
  readonly json: JsonObject;
}

export const readManifest = (path: string, text: string): Manifest => ({ path, text, json: parseJson(path, text) });

const groups = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];

/** What a package.json asks for of a package; undefined where it does not name it. */
export function rangeOf({ json }: Manifest, name: string): string | undefined {
  return groups.map((group) => textAt(json, group, name)).find((range) => range !== undefined);
}

export const isEsm = ({ json }: Manifest): boolean => textAt(json, 'type') === 'module';

/** The program that Nest 12 starts Jest with: where the app is CommonJS, Jest loads packages of ESM with this flag alone. */
const JEST = 'node --experimental-vm-modules ./node_modules/jest/bin/jest.js';

export interface ManifestEdit {
  /** Packages with their versions; one that is there already keeps what it has. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Whether scripts that start Jest let it load packages of ESM. */
  readonly loadsEsmInJest: boolean;
}

/** The text of package.json with what an app needs, written as npm writes it; the same text where nothing is missing. */
export function editManifest(manifest: Manifest, { dependencies, loadsEsmInJest }: ManifestEdit): string {
  const missing = Object.entries(dependencies).filter(([name]) => rangeOf(manifest, name) === undefined);
  const scripts = at(manifest.json, 'scripts');
  const newScripts = loadsEsmInJest && isObject(scripts) ? mapValues(scripts, withFlag) : scripts;
  if (missing.length === 0 && newScripts === scripts) return manifest.text;
  const had = at(manifest.json, 'dependencies');
  const json = {
    ...manifest.json,
    ...(newScripts === undefined ? {} : { scripts: newScripts }),
    dependencies: missing.reduce(insertSorted, isObject(had) ? had : {}),
  };
  const newline = manifest.text.includes('\r\n') ? '\r\n' : '\n';
  const end = manifest.text.endsWith('\n') ? newline : '';
  return JSON.stringify(json, null, indentOf(manifest.text)).replaceAll('\n', newline) + end;
}

function mapValues(scripts: JsonObject, change: (script: string) => string): JsonObject {
  const entries = Object.entries(scripts).map(
    ([name, script]) => [name, typeof script === 'string' ? change(script) : script] as const,
  );
  return entries.every(([name, script]) => script === scripts[name]) ? scripts : Object.fromEntries(entries);
}

function withFlag(script: string): string {
  const [program, ...words] = script.split(' ');
  return program === 'jest' ? [JEST, ...words].join(' ') : script;
}

/** Before the first name that sorts behind it, so that nothing else moves. */
function insertSorted(group: JsonObject, [name, version]: readonly [string, string]): JsonObject {
  const entries = Object.entries(group);
  const next = entries.findIndex(([other]) => other.localeCompare(name, 'en') > 0);
  return Object.fromEntries(entries.toSpliced(next === -1 ? entries.length : next, 0, [name, version]));
}

/** The white space before the first name. */
function indentOf(text: string): string {
  const line = text.split('\n').find((each) => each.trimStart().startsWith('"')) ?? '  ';
  return line.slice(0, line.length - line.trimStart().length);
}
