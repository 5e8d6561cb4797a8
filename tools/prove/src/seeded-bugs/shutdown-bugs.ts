import type { SuiteBug } from './suite-bug.ts';

const NEST = 'libs/service/src/nest';
const spec = `${NEST}/shutdown.module.spec.ts`;

/** Of the graceful shutdown of a plain Nest app. */
export const shutdownBugs: readonly SuiteBug[] = [
  {
    name: 'plain-hooks-first',
    description: 'hooks of the app close what its work needs before that has ended',
    patches: [
      { file: `${NEST}/shutdown.module.ts`, find: 'each.distance = -1;', replace: 'each.distance = Number.MAX_VALUE;' },
    ],
    detectedBy: { spec, test: 'is before the hooks of an app without HTTP too' },
  },
  {
    name: 'plain-no-drain-delay',
    description: 'a plain Nest app stops accepting while its load balancer still sends to it',
    patches: [
      {
        file: `${NEST}/shutdown-options.ts`,
        find: 'SHUTDOWN_DRAIN_DELAY_MS: options.drainDelayMs ?? unnamedMs,',
        replace: 'SHUTDOWN_DRAIN_DELAY_MS: (options.drainDelayMs ?? unnamedMs ?? 0) * 0,',
      },
    ],
    detectedBy: { spec, test: 'serves on for the drain delay' },
  },
  {
    name: 'plain-refused-early',
    description: 'the adapter is told of the end before the drain delay, and refuses requests from then on',
    patches: [{ file: `${NEST}/app-shutdown.ts`, find: '    this.closeBehindShutdown();\n', replace: '' }],
    detectedBy: { spec, test: 'serves on for the drain delay' },
  },
];
