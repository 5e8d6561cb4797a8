// Packages that are installed for tests and tools alone. Nest imports some packages where they are installed, such as its
// platform of Express: one that a test brings must not come into the apps.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const namesIn = (manifests, ...kinds) =>
  new Set(manifests.flatMap((manifest) => kinds.flatMap((kind) => Object.keys(manifest[kind] ?? {}))));

/** Names of the packages that some package.json of the repository needs for development, and none otherwise. */
export function devPackages(root) {
  const files = ['package.json', ...globSync('{apps,libs,tools}/*/package.json', { cwd: root })];
  const manifests = files.map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')));
  return namesIn(manifests, 'devDependencies').difference(namesIn(manifests, 'dependencies', 'peerDependencies'));
}
