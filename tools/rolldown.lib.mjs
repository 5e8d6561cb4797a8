// Makes dist/libs/<lib>: a package that installs and runs outside this repository. The libs export TypeScript source to
// each other, so one compiler run emits the lib and the internal libs under it. Of those the bundled ones travel inside the
// package; the others are packages beside it, so that a process has one copy of each.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { bundledLibs } from './rolldown.bundled.mjs';
import { moduleGuard, nodeRange } from './rolldown.node.mjs';

const scope = '@nestfleet/';
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** Names of the internal libs under a lib, itself first, nearest first. */
function internalLibs(root, name) {
  const found = [name];
  for (const lib of found) {
    const { dependencies = {} } = readJson(join(root, 'libs', lib, 'package.json'));
    for (const dependency of Object.keys(dependencies)) {
      const inner = dependency.startsWith(scope) ? dependency.slice(scope.length) : undefined;
      if (inner !== undefined && !found.includes(inner)) found.push(inner);
    }
  }
  return found;
}

/** Compiles the libs' sources without their specs; answers the folder that holds `<lib>/src/…`. */
function compile(root, libs, scratch) {
  const config = join(scratch, 'tsconfig.json');
  const emitted = join(scratch, 'out');
  writeJson(config, {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      sourceMap: false,
      rootDir: join(root, 'libs'),
      outDir: emitted,
      noEmitOnError: true,
    },
    include: libs.map((lib) => join(root, 'libs', lib, 'src')),
    exclude: libs.map((lib) => join(root, 'libs', lib, 'src/**/*.spec.ts')),
  });
  execFileSync(process.execPath, [join(root, 'node_modules/typescript-native/bin/tsc'), '-p', config], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return emitted;
}

/** `./src/nest.ts` of the source package is `./dist/nest.js` with `./dist/nest.d.ts` of the built one. */
function builtExports(exports) {
  return Object.fromEntries(
    Object.entries(exports).map(([entry, source]) => {
      const stem = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '');
      return [entry, { types: `${stem}.d.ts`, default: `${stem}.js` }];
    }),
  );
}

/** The package.json of a built lib: its entry points on JavaScript, without what only this repository needs. */
function builtManifest(source) {
  const { nx: _nx, devDependencies: _dev, scripts: _scripts, ...manifest } = source;
  return { ...manifest, engines: { node: nodeRange }, exports: builtExports(source.exports), files: ['dist'] };
}

/**
 * The same of one that travels inside another. It names no dependency: npm takes a package beside it that it depends on for bundled
 * too, and leaves its folder empty where the app has another version (zod).
 */
function bundledManifest(source) {
  const { dependencies: _needs, ...manifest } = builtManifest(source);
  return manifest;
}

/** The same of one that is published: for everybody, with a statement of where it was built (provenance), which npm makes in CI alone. */
function publicManifest(source) {
  const { private: _private, ...manifest } = builtManifest(source);
  return { ...manifest, publishConfig: { access: 'public', provenance: true } };
}

/**
 * What a built lib needs, and which libs travel inside. A bundled one's needs are the outer package's, because npm installs
 * nothing for it; what the user brings as a peer is not named twice. A lib beside it may be newer by a compatible release:
 * two exact versions, of two packages, would be two copies.
 */
function needsOf(root, { dependencies: own = {}, peerDependencies: peers = {} }) {
  const dependencies = {};
  const bundled = [];
  const waiting = Object.entries(own);
  for (const [needed, version] of waiting) {
    const lib = needed.startsWith(scope) ? needed.slice(scope.length) : undefined;
    if (needed in dependencies || needed in peers) continue;
    dependencies[needed] = lib === undefined || bundledLibs.includes(lib) ? version : `^${version}`;
    if (lib === undefined || !bundledLibs.includes(lib)) continue;
    bundled.push(lib);
    waiting.push(...Object.entries(readJson(join(root, 'libs', lib, 'package.json')).dependencies ?? {}));
  }
  return { dependencies, bundled };
}

/** Lets each entry point of the package look at the version of Node before what it exports is evaluated. */
function guardEntryPoints(target, name) {
  writeFileSync(join(target, 'dist/node-version.js'), moduleGuard(`${scope}${name}`));
  for (const { default: entry } of Object.values(readJson(join(target, 'package.json')).exports)) {
    const file = join(target, entry);
    writeFileSync(file, `import './node-version.js';\n${readFileSync(file, 'utf8')}`);
  }
}

/** Builds `dir` (e.g. libs/state) and answers the folder of the package. */
export async function buildLib(root, dir) {
  const libs = internalLibs(root, relative(join(root, 'libs'), join(root, dir)));
  const [name] = libs;
  const target = join(root, 'dist/libs', name);
  mkdirSync(join(root, 'dist'), { recursive: true });
  const scratch = mkdtempSync(join(root, 'dist/.lib-'));
  try {
    const emitted = compile(root, libs, scratch);
    rmSync(target, { recursive: true, force: true });
    cpSync(join(emitted, name, 'src'), join(target, 'dist'), { recursive: true });
    const source = readJson(join(root, dir, 'package.json'));
    const { dependencies, bundled } = needsOf(root, source);
    for (const lib of bundled) {
      const folder = join(target, 'node_modules', scope, lib);
      cpSync(join(emitted, lib, 'src'), join(folder, 'dist'), { recursive: true });
      writeJson(join(folder, 'package.json'), bundledManifest(readJson(join(root, 'libs', lib, 'package.json'))));
      cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
    }
    writeJson(join(target, 'package.json'), {
      ...(bundledLibs.includes(name) ? builtManifest(source) : publicManifest(source)),
      ...(Object.keys(dependencies).length > 0 ? { dependencies } : {}),
      ...(bundled.length > 0 ? { bundleDependencies: bundled.map((lib) => `${scope}${lib}`) } : {}),
    });
    guardEntryPoints(target, name);
    const papers = { 'README.md': join(root, dir), LICENSE: root };
    for (const [paper, from] of Object.entries(papers)) {
      if (existsSync(join(from, paper))) cpSync(join(from, paper), join(target, paper));
    }
    return target;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
