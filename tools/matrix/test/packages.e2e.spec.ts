import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { registryAnswers, strangersEnv } from '../src/npm.ts';
import { linterOf } from '../src/programs.ts';
import { run } from '../src/run.ts';
import { packedLibs, packInto } from '../src/tarballs.ts';

const root = resolve(import.meta.dirname, '../../..');
const TIMEOUT_MS = 300_000;
const LINT_TIMEOUT_MS = 120_000;

const hasRegistry = await registryAnswers();
if (!hasRegistry) console.warn('NO REGISTRY OF NPM ANSWERS: NOBODY LOOKS AT THE PACKED LIBS');
const packages = hasRegistry || process.env['CI'] !== undefined ? describe : describe.skip;

const node = process.execPath;
const options = { cwd: root, env: strangersEnv(node), timeoutMs: LINT_TIMEOUT_MS };

packages('a packed lib', () => {
  let folder: string;
  let tarballs: ReadonlyMap<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nestfleet-packages-'));
    const files = await packInto(folder, node);
    tarballs = new Map(packedLibs().map((lib, at) => [lib, files[at] ?? '']));
  }, TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(packedLibs())(
    '%s is a package that publint has nothing to say of',
    async (lib) => {
      const said = await run('publint', [node, await linterOf('publint'), 'run', tarballs.get(lib) ?? ''], options);
      expect(said.trim().split('\n').at(-1)).toBe('All good!');
    },
    TIMEOUT_MS,
  );

  it.each(packedLibs())(
    '%s has types at each entry point, for modules and for require() of modules',
    async (lib) => {
      const words = [tarballs.get(lib) ?? '', '--profile', 'esm-only', '--format', 'json'];
      const { analysis } = attwReport.parse(
        JSON.parse(await run('attw', [node, await linterOf('attw'), ...words], options)),
      );
      expect(Object.keys(analysis.entrypoints).toSorted()).toEqual(entriesOf(lib));
    },
    TIMEOUT_MS,
  );

  it.each(packedLibs())('%s brings its licence, and that of each package inside of it', async (lib) => {
    const listed = (await run('tar', ['tar', '-tzf', tarballs.get(lib) ?? ''], options)).trim().split('\n');
    const roots = listed
      .filter((file) => file.endsWith('/package.json'))
      .map((file) => file.replace(/package\.json$/, ''));
    expect(roots).toContain('package/');
    expect(roots.filter((path) => !listed.includes(`${path}LICENSE`))).toEqual([]);
  });

  // npm would take what it depends on for a part of the tarball too, where it is no version of the app's.
  it.each(packedLibs())('%s has no package inside of it that names a dependency', (lib) => {
    const inside = globSync('node_modules/@nestfleet/*/package.json', { cwd: join(root, 'dist/libs', lib) });
    const named = inside.filter((file) =>
      /"(peerD|d)ependencies"/.test(readFileSync(join(root, 'dist/libs', lib, file), 'utf8')),
    );
    expect(named).toEqual([]);
  });
});

const attwReport = z.object({ analysis: z.object({ entrypoints: z.record(z.string(), z.unknown()) }) });

interface Built {
  readonly version: string;
  readonly exports: Readonly<Record<string, object>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const builtOf = (lib: string): Built =>
  JSON.parse(readFileSync(join(root, 'dist/libs', lib, 'package.json'), 'utf8')) as Built;
const entriesOf = (lib: string): string[] => Object.keys(builtOf(lib).exports).toSorted();

/** The part of CycloneDX that readers of a bill of materials need. */
const component = z.object({
  type: z.literal('library'),
  name: z.string(),
  version: z.string(),
  purl: z.string().startsWith('pkg:npm/'),
  'bom-ref': z.string(),
  licenses: z.array(
    z.union([z.object({ license: z.object({ id: z.string() }) }), z.object({ expression: z.string() })]),
  ),
});
const bill = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  serialNumber: z.string().startsWith('urn:uuid:'),
  metadata: z.object({ component }),
  components: z.array(component),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

describe('the bill of materials (SBOM)', () => {
  beforeAll(async () => {
    const words = ['run-many', '-t', 'sbom', '-p', packedLibs().join(','), '--outputStyle=static'];
    const env = { ...strangersEnv(node), NX_DAEMON: 'false', NX_NO_CLOUD: 'true' };
    await run('nx', [node, 'node_modules/nx/dist/bin/nx.js', ...words], { ...options, env, timeoutMs: TIMEOUT_MS });
  }, TIMEOUT_MS);

  it.each(packedLibs())('%s has one of what it needs, and of nothing that is for tests', (lib) => {
    const file = join(root, 'dist/sbom', `${lib}.cdx.json`);
    expect(existsSync(file)).toBe(true);
    const { metadata, components, dependencies: edges } = bill.parse(JSON.parse(readFileSync(file, 'utf8')));
    const { version, dependencies = {} } = builtOf(lib);
    expect(metadata.component).toMatchObject({ name: `@nestfleet/${lib}`, version });
    const named = new Map(components.map((each) => [each.name, each.version]));
    for (const [name, range] of Object.entries(dependencies))
      expect([name, named.get(name)]).toEqual([name, range.replace('^', '')]);
    const refs = new Set([metadata.component, ...components].map((each) => each['bom-ref']));
    expect(edges.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.has(ref))).toEqual([]);
    expect([...named.keys()].filter((name) => /^(jest|nx|typescript|@types\/)/.test(name))).toEqual([]);
  });
});
