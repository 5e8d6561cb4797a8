import type { SuiteBug } from './suite-bug.ts';

const INIT = 'tools/init/src';
const DOCKER = 'tools/init/test/docker-files.spec.ts';

/** Of `npx nestfleet init`, which changes what belongs to others. */
export const initBugs: readonly SuiteBug[] = [
  {
    name: 'init-overwrites',
    description: 'a Dockerfile that somebody has written is overwritten',
    patches: [
      {
        file: `${INIT}/plan.ts`,
        find: 'after: there ?? dockerfileText(app, folder)',
        replace: 'after: dockerfileText(app, folder)',
      },
    ],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'leaves files of others, and says so' },
  },
  {
    name: 'init-half-written',
    description: 'where a file cannot be written, those before it stay changed',
    patches: [{ file: `${INIT}/write-changes.ts`, find: '      begun.push(change);\n', replace: '' }],
    detectedBy: { spec: 'tools/init/test/init.spec.ts', test: 'takes back what it wrote' },
  },
  {
    name: 'init-unasked',
    description: 'where nobody can be asked, the changes are written',
    patches: [
      {
        file: `${INIT}/init.ts`,
        find: 'if (!command.isConfirmed) {',
        replace: 'if (!command.isConfirmed && terminal.confirm !== undefined) {',
      },
    ],
    detectedBy: { spec: 'tools/init/test/init.spec.ts', test: 'writes nothing where nobody can be asked' },
  },
  {
    name: 'init-old-modules',
    description: 'an app of CommonJS whose TypeScript cannot find the packages is changed, and compiles no more',
    patches: [
      {
        file: `${INIT}/plan.ts`,
        find: '!isEsm(app.manifest)) refuse',
        replace: 'isEsm(app.manifest)) refuse',
      },
    ],
    detectedBy: {
      spec: 'tools/init/test/tsconfig.spec.ts',
      test: 'refuses an app that is compiled as Nest 10 wrote it',
    },
  },
  {
    name: 'init-twice',
    description: 'a second run puts the module in once more, and the app does not start',
    patches: [{ file: `${INIT}/edit-module.ts`, find: 'if (isThere !== true)', replace: 'if (isThere !== undefined)' }],
    detectedBy: { spec: `${INIT}/edit-module.spec.ts`, test: 'puts the module into an empty array' },
  },
  {
    name: 'init-loopback',
    description: 'an app on Fastify listens on loopback alone, so that its check in the catalog never passes',
    patches: [
      {
        file: `${INIT}/edit-main.ts`,
        find: 'edit.appendLeft(port.end ?? 0, `, ${words}`);',
        replace: "edit.appendLeft(port.end ?? 0, '');",
      },
    ],
    detectedBy: { spec: `${INIT}/bootstrap.spec.ts`, test: 'lets Fastify listen where others reach it' },
  },
  {
    name: 'init-callback-as-host',
    description: 'the callback of listen is taken for a host, and the app listens on loopback alone',
    patches: [{ file: `${INIT}/edit-main.ts`, find: ' && !isFunction(source, argument)', replace: '' }],
    detectedBy: {
      spec: `${INIT}/bootstrap.spec.ts`,
      test: 'lets Fastify listen where others reach it: listen(3000, () => {})',
    },
  },
  {
    name: 'init-hidden-options',
    description: 'a host is put behind options that stand elsewhere: a call of listen that Fastify does not have',
    patches: [{ file: `${INIT}/edit-main.ts`, find: '  refuseHidden(path, port, options);\n', replace: '' }],
    detectedBy: { spec: `${INIT}/bootstrap.spec.ts`, test: 'refuses options that stand elsewhere' },
  },
  {
    name: 'init-port-unread',
    description:
      'the port of Number(process.env.PORT ?? 4000) is taken for 3000, which no health check of the image reaches',
    patches: [
      {
        file: `${INIT}/bootstrap.ts`,
        find: 'return expression === undefined ? undefined : numberIn(convertedBy(expression));',
        replace: 'return undefined;',
      },
    ],
    detectedBy: {
      spec: `${INIT}/bootstrap.spec.ts`,
      test: 'reads the port of listen(Number(process.env.PORT ?? 4000))',
    },
  },
  {
    name: 'init-port-unsaid',
    description: 'a port that cannot be read becomes 3000, and nobody is told',
    patches: [{ file: `${INIT}/plan.ts`, find: '      ...portNotes(app, changes),\n', replace: '' }],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'says where it has taken 3000 for a port' },
  },
  {
    name: 'init-scripts-early',
    description: 'the image installs before it has the file that a postinstall script of the app runs',
    patches: [{ file: `${INIT}/docker-files.ts`, find: "'install', 'postinstall', ", replace: '' }],
    detectedBy: { spec: DOCKER, test: 'copies all before the install where the app has a script postinstall' },
  },
  {
    name: 'init-stale-build-info',
    description: 'an image built behind a build on the machine has no dist: TypeScript takes it for up to date',
    patches: [{ file: `${INIT}/docker-files.ts`, find: '**/*.tsbuildinfo\n', replace: '' }],
    detectedBy: { spec: DOCKER, test: 'gives an image no settings of a machine and nothing of a build before' },
  },
  {
    name: 'init-token-in-layer',
    description: 'a token of .npmrc is copied into a layer, and nobody is told',
    patches: [{ file: `${INIT}/plan.ts`, find: ', ...tokenNotes(folder)]', replace: ']' }],
    detectedBy: { spec: DOCKER, test: 'tells of a token in .npmrc that a layer would keep' },
  },
  {
    name: 'init-other-start',
    description: 'an app that another program starts gets a CMD that is guessed',
    patches: [{ file: `${INIT}/started-file.ts`, find: 'file === undefined || ', replace: 'file !== undefined && ' }],
    detectedBy: { spec: DOCKER, test: 'refuses an app that is started by pm2 start dist/main.js' },
  },
  {
    name: 'init-options-lost',
    description: 'CMD leaves out what start:prod gives to Node beside the file, and nobody is told',
    patches: [
      { file: `${INIT}/started-file.ts`, find: 'script === `node ${fileIn(script)}`', replace: "script !== ''" },
    ],
    detectedBy: {
      spec: DOCKER,
      test: 'starts the file of NODE_ENV=production node --enable-source-maps dist/src/main',
    },
  },
  {
    name: 'init-half-copied',
    description: 'the image has the folder of the file that starts, and not what was compiled beside it',
    patches: [
      { file: `${INIT}/nest-layout.ts`, find: "(entry.split('/')[0] ?? '.')", replace: 'posix.dirname(entry)' },
    ],
    detectedBy: {
      spec: DOCKER,
      test: 'starts the file of NODE_ENV=production node --enable-source-maps dist/src/main',
    },
  },
  {
    name: 'init-nx-tokens',
    description: 'the image starts {projectRoot}/dist/main.js, because the words of Nx for its folders are not put in',
    patches: [{ file: `${INIT}/nx-layout.ts`, find: ".replaceAll('{projectRoot}', root)", replace: '' }],
    detectedBy: {
      spec: DOCKER,
      test: 'runs what Nx makes, by the configuration of webpack, its target, or by default',
    },
  },
  {
    name: 'init-no-node-modules',
    description: 'an app on Plug and Play of Yarn gets a Dockerfile that copies no packages',
    patches: [{ file: `${INIT}/package-manager.ts`, find: 'if (isBerry && !', replace: 'if (!isBerry && !' }],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'refuses a folder with Yarn without node_modules' },
  },
  {
    name: 'init-bun-by-npm',
    description: 'an app that Bun installs gets a Dockerfile that asks npm for a lock file which is not there',
    patches: [{ file: `${INIT}/package-manager.ts`, find: "has('bun.lock') || ", replace: '' }],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'refuses a folder with Bun' },
  },
  {
    name: 'init-workspaces',
    description: 'an app with workspaces gets an image whose links lead nowhere',
    patches: [{ file: `${INIT}/app.ts`, find: "if (place.layout !== 'nx')", replace: "if (place.layout === 'nx')" }],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'refuses a folder with workspaces' },
  },
  {
    name: 'init-takes-containers',
    description: 'Compose makes the redis of the app out of the one that belongs to the Compose file beside it',
    patches: [
      { file: `${INIT}/plan.ts`, find: 'isBesideOthers: foreign !== undefined', replace: 'isBesideOthers: false' },
    ],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'shares no containers and volumes' },
  },
  {
    name: 'init-spread-imports',
    description: 'the imports that a spread brings are taken away by those that are put in',
    patches: [{ file: `${INIT}/edit-module.ts`, find: '  refuseSpread(source, metadata, imports);\n', replace: '' }],
    detectedBy: { spec: `${INIT}/edit-module.spec.ts`, test: 'refuses a module with a spread alone' },
  },
  {
    name: 'init-comment-moved',
    description: 'the comment of the last import moves to the line that is put in',
    patches: [{ file: `${INIT}/edit-module.ts`, find: '? place + rest.length : place', replace: '? place : place' }],
    detectedBy: { spec: `${INIT}/edit-module.spec.ts`, test: 'leaves what stands behind the last import on its line' },
  },
  {
    name: 'init-short-grace',
    description: 'Compose kills a replica that still answers what is in flight',
    patches: [
      { file: `${INIT}/nestfleet-module.ts`, find: 'STOP_GRACE_MS = 21_000', replace: 'STOP_GRACE_MS = 11_000' },
    ],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'are the sum of what ShutdownModule takes by default' },
  },
  {
    name: 'init-jobs-grace',
    description: 'an app with jobs gets a stop grace that is too short for them, and does not start',
    patches: [{ file: `${INIT}/nestfleet-module.ts`, find: '(hasJobs ? JOBS_MS : 0)', replace: '(hasJobs ? 0 : 0)' }],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'have the time of jobs where the app has them' },
  },
];
