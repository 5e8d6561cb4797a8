// Bundles programs that a test starts as processes of their own, into a folder within the repository. Packages stay imports, so that
// a program has those of the repository. Where NESTFLEET_SEEDED_PATCHES holds the patches of a seeded bug, it is inside.
//   node tools/rolldown.test-programs.mjs tools/recipes/dist/x tools/recipes/src/socket-io.ts
import { readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { sourceChanges } from './prove/src/seeded-bugs/seeded-bug.ts';

const root = resolve(import.meta.dirname, '..');
const [folder, ...files] = process.argv.slice(2);
const patches = JSON.parse(process.env.NESTFLEET_SEEDED_PATCHES ?? '[]');
const changes = sourceChanges(patches, (file) => readFileSync(join(root, file), 'utf8'));

const bundle = await rolldown({
  input: Object.fromEntries(files.map((file) => [basename(file, '.ts'), resolve(root, file)])),
  cwd: root,
  platform: 'node',
  tsconfig: join(root, 'tsconfig.base.json'),
  external: (id) => !/^([./]|@nestfleet\/|@oxc-project\/)/.test(id),
  plugins: [
    {
      name: 'patches',
      transform(code, id) {
        const change = changes.get(relative(root, id));
        return change === undefined ? undefined : { code: change(code), map: null };
      },
    },
  ],
});
await bundle.write({ dir: resolve(root, folder), entryFileNames: '[name].mjs', format: 'esm', keepNames: true });
await bundle.close();
