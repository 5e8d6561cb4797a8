import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** `lowestOf` is the lowest version that a range of the form `^1.2.3 || ^2.0.0` takes. */
export function lowestOf(range: string): string {
  const [, version] = /^\^(\d+\.\d+\.\d+)( \|\| \^\d+\.\d+\.\d+)*$/.exec(range) ?? [];
  if (version === undefined) throw new Error(`the lowest version of "${range}" is not known`);
  return version;
}

function isHigher(one: string, other: string): boolean {
  const parts = other.split('.').map(Number);
  const differs = one.split('.').map((part, at) => Number(part) - parts[at]!);
  return (differs.find((each) => each !== 0) ?? 0) > 0;
}

/** lowestPeers is the lowest version of each peer that all libs take, of the lowest major version of Nest. */
export function lowestPeers(): ReadonlyMap<string, string> {
  const lowest = new Map<string, string>();
  for (const file of globSync('libs/*/package.json', { cwd: root })) {
    const { peerDependencies = {} } = JSON.parse(readFileSync(join(root, file), 'utf8')) as {
      peerDependencies?: Record<string, string>;
    };
    for (const [name, range] of Object.entries(peerDependencies)) {
      const version = lowestOf(range);
      const known = lowest.get(name);
      if (known === undefined || isHigher(version, known)) lowest.set(name, version);
    }
  }
  return lowest;
}
