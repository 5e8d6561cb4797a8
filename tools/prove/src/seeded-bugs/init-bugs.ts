import type { SuiteBug } from './suite-bug.ts';

const INIT = 'tools/init/src';

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
        find: '!isEsm(app.manifest)) refuseOldModules(folder, app.tsconfig);',
        replace: 'isEsm(app.manifest)) refuseOldModules(folder, app.tsconfig);',
      },
    ],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'refuses an app that is compiled as Nest 10 wrote it' },
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
    patches: [{ file: `${INIT}/plan.ts`, find: '...portNotes(app, changes), ', replace: '' }],
    detectedBy: { spec: 'tools/init/test/plan.spec.ts', test: 'says where it has taken 3000 for a port' },
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
