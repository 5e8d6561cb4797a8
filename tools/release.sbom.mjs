// Writes dist/sbom/<lib>.cdx.json, the bill of materials (CycloneDX) of a lib:
//   node tools/release.sbom.mjs libs/state
// npm makes one of the whole repository from the lock file; of that this keeps what the lib needs: its dependencies, the peers that
// it does not do without, and theirs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const [dir = ''] = process.argv.slice(2);

const words = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'];
const bill = JSON.parse(execFileSync('npm', words, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }));
const nameOf = (ref) => ref.slice(0, ref.lastIndexOf('@'));

/** What each package says that it needs, by `name@version`. */
const needs = new Map(
  Object.entries(readJson('package-lock.json').packages).map(([path, entry]) => {
    const { name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), version } = entry;
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = entry;
    const peers = Object.keys(peerDependencies ?? {}).filter((peer) => peerDependenciesMeta[peer]?.optional !== true);
    return [`${name}@${version}`, [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]];
  }),
);
const edges = new Map(
  bill.dependencies.map(({ ref, dependsOn }) => [
    ref,
    dependsOn.filter((other) => needs.get(ref)?.includes(nameOf(other))),
  ]),
);

const { name, version } = readJson(`${dir}/package.json`);
const subject = `${name}@${version}`;
const reached = new Set([subject]);
for (const ref of reached) for (const other of edges.get(ref) ?? []) reached.add(other);

/** npm calls a workspace by its folder, and private, which what is published of it is not. */
const components = bill.components
  .filter((component) => reached.has(component['bom-ref']))
  .map((component) => ({
    ...component,
    name: nameOf(component['bom-ref']),
    properties: component.properties.filter((property) => property.name !== 'cdx:npm:package:private'),
  }));
const isSubject = (component) => component['bom-ref'] === subject;

mkdirSync(join(root, 'dist/sbom'), { recursive: true });
const ofTheLib = {
  ...bill,
  metadata: { ...bill.metadata, component: components.find(isSubject) },
  components: components.filter((component) => !isSubject(component)),
  dependencies: [...reached].map((ref) => ({ ref, dependsOn: edges.get(ref) ?? [] })),
};
writeFileSync(join(root, 'dist/sbom', `${basename(dir)}.cdx.json`), `${JSON.stringify(ofTheLib, null, 2)}\n`);
