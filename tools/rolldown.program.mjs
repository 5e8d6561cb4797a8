// Makes dist/tools/<tool>: a package with one program and nothing to install beside it, because who runs it by npx waits for it.
import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { licencesOf } from './rolldown.licences.mjs';
import { bundleGuard, nodeRange } from './rolldown.node.mjs';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/**
 * The package.json of what is built of `dir`: for everybody, with a statement of where it was built (provenance), which npm makes in CI
 * alone.
 */
export function programManifest(root, dir) {
  const { name, version } = readJson(join(root, 'package.json'));
  const { description, license, repository, homepage, bugs } = readJson(join(root, dir, 'package.json'));
  return {
    name,
    version,
    description,
    license,
    repository,
    homepage,
    bugs,
    type: 'module',
    bin: { [name]: `${name}.js` },
    engines: { node: nodeRange },
    publishConfig: { access: 'public', provenance: true },
  };
}

/** Builds `dir` (e.g. tools/init), whose program is `src/<name of the root's package>.ts`; answers the folder of the package. */
export async function buildProgram(root, dir) {
  const { name, version } = readJson(join(root, 'package.json'));
  const target = join(root, 'dist', dir);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const file = join(target, `${name}.js`);
  const bundle = await rolldown({
    cwd: root,
    input: join(root, dir, `src/${name}.ts`),
    platform: 'node',
    tsconfig: join(root, dir, 'tsconfig.json'),
    transform: { define: { NESTFLEET_VERSION: JSON.stringify(version) } },
    onLog(level, log, handle) {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      handle(level, log);
    },
  });
  const banner = `#!/usr/bin/env node\n${bundleGuard(name)}`;
  const { output } = await bundle.write({ file, format: 'esm', banner, codeSplitting: false, minify: true });
  await bundle.close();
  chmodSync(file, 0o755);
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(programManifest(root, dir), null, 2)}\n`);
  const sources = output.flatMap(({ moduleIds = [] }) => moduleIds.map((id) => resolve(root, id)));
  writeFileSync(join(target, 'licences.txt'), licencesOf(sources));
  cpSync(join(root, dir, 'README.md'), join(target, 'README.md'));
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
  return target;
}
