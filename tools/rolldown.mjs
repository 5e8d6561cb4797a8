// Builds and serves the projects of this repository:
//   node tools/rolldown.mjs build apps/api     one bundle, dependencies inside: runs from a folder without node_modules
//   node tools/rolldown.mjs build apps/api --seeded=no-drain    the same with a fault inside, into dist/variants/no-drain:
//                                              proofs are shown to find it (tools/prove/src/seeded-bugs holds them, as patches
//                                              of the sources; one that does not fit fails the build)
//   node tools/rolldown.mjs build apps/api --without=without-log    the same without a part of what it does for each request,
//                                              for the bench that says what each part costs (tools/bench/src/visit/parts.ts)
//   node tools/rolldown.mjs build apps/api --version=2.0.0    another variant
//   node tools/rolldown.mjs lib libs/state     a package that `npm pack` can publish
//   node tools/rolldown.mjs program tools/init a package with one program, dependencies inside, for `npx`
//   node tools/rolldown.mjs serve apps/api     rebuilds on each change and restarts the app
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { rolldown, watch } from 'rolldown';
import { devPackages } from './rolldown.dev-packages.mjs';
import { buildLib } from './rolldown.lib.mjs';
import { licencesOf } from './rolldown.licences.mjs';
import { bundleGuard } from './rolldown.node.mjs';
import { buildProgram } from './rolldown.program.mjs';

const root = resolve(import.meta.dirname, '..');

const ownVersion = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

/** The bundler colours its faults also where nobody sees colours. */
function inWords(text) {
  return process.stdout.isTTY ? text : stripVTControlCharacters(text);
}

/** What the interface in the browser needs of swagger-ui-dist; its source maps and examples stay behind. */
const swaggerFiles = [
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
  'index.css',
  'index.html',
  'oauth2-redirect.html',
];

/**
 * Input options that build and serve share; `dir` is the app's folder from the root, e.g. apps/api. Imports of our own
 * that lead nowhere go to `unresolved`: the bundler only warns of them.
 */
function inputOptions(dir, unresolved, { seeded = '', version = ownVersion() } = {}) {
  const forTests = devPackages(root);
  return {
    cwd: root,
    platform: 'node',
    checks: { eval: false },
    tsconfig: join(root, dir, 'tsconfig.json'),
    transform: {
      define: { NESTFLEET_VERSION: JSON.stringify(version), NESTFLEET_SEEDED_BUG: JSON.stringify(seeded) },
    },
    // Nest and friends import optional packages lazily; what is not installed, or for tests alone, stays an import().
    external: (id, importer) =>
      importer?.includes('/node_modules/') === true && forTests.has(/^(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]),
    onLog(level, log, handle) {
      if (log.code !== 'UNRESOLVED_IMPORT') handle(level, log);
      else if (!/ in (\.\.\/)*node_modules\//.test(log.message)) unresolved.push(log.message);
    },
  };
}

/** The patches of a seeded bug, or of several with + between their names; none where it is built into another app or is a define alone. */
async function seededPatches(dir, seeded) {
  const { provedBugs } = await import('./prove/src/seeded-bugs/proved-bugs.ts');
  const { fuzzBugs } = await import('./prove/src/seeded-bugs/fuzz-bugs.ts');
  const { edgeBugs } = await import('./prove/src/seeded-bugs/edge-bugs.ts');
  const { testBuilds } = await import('./prove/src/seeded-bugs/test-builds.ts');
  const names = seeded.split('+');
  return [...provedBugs, ...fuzzBugs, ...edgeBugs, ...testBuilds]
    .filter(({ name, app, apps = [app] }) => names.includes(name) && apps.includes(basename(dir)))
    .flatMap((bug) => bug.patches);
}

/** The patches that leave a part of what the api does for each request out, or several with + between their names. */
async function withoutPatches(without) {
  const { parts: all } = await import('./bench/src/visit/parts.ts');
  const { overloadParts } = await import('./bench/src/overload/parts.ts');
  const parts = [...all, ...overloadParts];
  const names = without.replace(/^without-/, '').split('+');
  const unknown = names.filter((name) => parts.every((part) => part.name !== name));
  if (unknown.length > 0) throw new Error(`the api has no part ${unknown.join(', ')}`);
  return parts.filter(({ name }) => names.includes(name)).flatMap((part) => part.patches);
}

/**
 * What makes a variant another bundle, as a plugin.
 * @throws when a patch does not fit, or its file is not in the bundle
 */
async function patchPlugins(dir, { seeded, without }) {
  const patches = [
    ...(seeded === undefined ? [] : await seededPatches(dir, seeded)),
    ...(without === undefined ? [] : await withoutPatches(without)),
  ];
  if (patches.length === 0) return [];
  const { sourceChanges } = await import('./prove/src/seeded-bugs/seeded-bug.ts');
  const changes = sourceChanges(patches, (file) => readFileSync(join(root, file), 'utf8'));
  const left = new Set(changes.keys());
  const transform = (code, id) => {
    const file = relative(root, id);
    const change = changes.get(file);
    left.delete(file);
    return change === undefined ? undefined : { code: change(code), map: null };
  };
  const closeBundle = () => {
    if (left.size > 0) throw new Error(`not in the bundle: ${[...left].join(', ')}`);
  };
  return [{ name: 'patches', transform, closeBundle }];
}

/** An app's entries: main.ts, and each thread of its own, whose file lies beside main.js under its own name. */
function entriesOf(dir) {
  const threads = globSync('src/**/*.thread.ts', { cwd: join(root, dir) });
  return Object.fromEntries(['src/main.ts', ...threads].map((file) => [basename(file, '.ts'), join(root, dir, file)]));
}

/** Source files in a bundle, absolute, from its source map. */
function sourcesOf(map) {
  return JSON.parse(readFileSync(map, 'utf8')).sources.map((source) => resolve(dirname(map), source));
}

/** Answers where the copies are from. */
function copySwagger(outDir) {
  const from = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  for (const file of swaggerFiles) cpSync(join(from, file), join(outDir, 'swagger-ui', file));
  return swaggerFiles.map((file) => join(from, file));
}

/**
 * @param variant what makes it another bundle than the usual one, for proofs: `seeded`, the name of a fault that is
 * compiled in (nothing but a build can switch one on), or `version`
 */
async function buildApp(dir, variant) {
  const folder = Object.values(variant).join('-');
  const outDir = folder === '' ? join(root, 'dist', dir) : join(root, 'dist/variants', folder, basename(dir));
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  const sources = [];
  const unresolved = [];
  const plugins = await patchPlugins(dir, variant);
  // One file per entry: a chunk shared with a thread would be one more file that an image or a copy can miss.
  for (const [name, input] of Object.entries(entriesOf(dir))) {
    const bundle = await rolldown({ ...inputOptions(dir, unresolved, variant), input, plugins });
    await bundle.write({
      file: join(outDir, `${name}.js`),
      format: 'esm',
      banner: name === 'main' ? bundleGuard(basename(dir)) : '',
      sourcemap: true,
      codeSplitting: false,
      keepNames: true,
      // Compressed, a call whose result nobody uses is dropped, and with it what it checks by throwing: decodeURIComponent.
      minify: { mangle: false, compress: false, codegen: true },
    });
    await bundle.close();
    if (unresolved.length > 0) throw new Error(unresolved.join('\n'));
    sources.push(...sourcesOf(join(outDir, `${name}.js.map`)));
  }
  const forTests = [...devPackages(root)].filter((name) =>
    sources.some((file) => file.includes(`/node_modules/${name}/`)),
  );
  if (forTests.length > 0) throw new Error(`for tests alone, and in the bundle: ${forTests.join(', ')}`);
  writeFileSync(join(outDir, 'package.json'), '{"type":"module"}\n');
  if (sources.some((source) => source.includes('@nestjs/swagger'))) sources.push(...copySwagger(outDir));
  const dashboard = join(root, 'dist/apps/dashboard');
  if (basename(dir) === 'frontend-gateway' && existsSync(dashboard)) {
    cpSync(dashboard, join(outDir, 'dashboard'), { recursive: true });
    sources.push(...globSync('assets/*.map', { cwd: dashboard }).flatMap((map) => sourcesOf(join(dashboard, map))));
  }
  writeFileSync(join(outDir, 'licences.txt'), licencesOf(sources));
  return outDir;
}

/** Our sources, and the compiler's helper for decorators, which is no installed package. */
function isOwn(id) {
  return /^([./]|@nestfleet\/|@oxc-project\/)/.test(id);
}

/** Bundles again on each change of our own sources, dependencies left where they are. Answers how to end it. */
function watchApp(dir, outDir, report) {
  const output = { dir: outDir, entryFileNames: '[name].js', format: 'esm', sourcemap: true, keepNames: true };
  const unresolved = [];
  const watcher = watch({
    ...inputOptions(dir, unresolved),
    input: entriesOf(dir),
    external: (id) => !isOwn(id),
    output,
    watch: { clearScreen: false },
  });
  watcher.on('event', (event) => {
    if (event.code === 'BUNDLE_END') {
      const faults = unresolved.splice(0);
      if (faults.length > 0) report.failed(inWords(faults.join('\n')));
      else report.built(Math.round(event.duration));
    }
    if (event.code === 'ERROR') report.failed(inWords(event.error.message));
    // Without this the bundler keeps each build's memory.
    void event.result?.close();
  });
  return () => watcher.close();
}

/** What `--seeded=`, `--without=` and `--version=` say. */
const variantOf = (words) =>
  Object.fromEntries(
    words
      .map((word) => /^--(seeded|without|version)=([a-z0-9.+-]+)$/.exec(word))
      .flatMap((told) => (told ? [told.slice(1)] : [])),
  );

const builders = {
  build: (dir, more) => buildApp(dir, variantOf(more)),
  lib: (dir) => buildLib(root, dir),
  program: (dir) => buildProgram(root, dir),
};

async function main([mode, given = '', ...more]) {
  const dir = relative(root, resolve(given));
  if (!['build', 'lib', 'program', 'serve'].includes(mode) || !existsSync(join(root, dir, 'package.json'))) {
    console.error(
      'usage: node tools/rolldown.mjs build|serve apps/<app>   or   lib libs/<lib>   or   program tools/<tool>',
    );
    return 64;
  }
  if (mode === 'serve') {
    const { serve } = await import('./fleet/src/serve/serve.ts');
    const outDir = join(root, dir, 'node_modules/.serve');
    return serve({ root, dir, outDir, watch: (report) => watchApp(dir, outDir, report) });
  }
  const outDir = await builders[mode](dir, more);
  console.log(`built ${relative(root, outDir)}`);
  return 0;
}

main(process.argv.slice(2)).then(process.exit, (fault) => {
  console.error(`cannot ${process.argv.slice(2).join(' ')}: ${inWords(fault.message)}`);
  process.exit(1);
});
