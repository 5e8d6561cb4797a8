import type { Part } from '../visit/parts.ts';

const DIAGNOSTICS = 'apps/api/src/diagnostics/diagnostics.controller.ts';

/** Requests that one replica works on at once, as a pool of connections would let it. */
export const PLACES = 5;

/** What an api has at the end of each piece of work, and whether its caller still waited. */
export const WORK_EVENT = 'bench.work';

/**
 * What makes the capacity of a replica known: its work, here a wait, has so many places, and who finds none waits in a line
 * without an end, as at a pool of connections to a database.
 */
export const overloadParts: readonly Part[] = [
  {
    name: 'unlimited-work',
    shows: 'work of any amount at once',
    patches: [
      {
        file: DIAGNOSTICS,
        find: `Lifecycle, ProblemError } from '@nestfleet/service';\n`,
        replace: `Lifecycle, ProblemError, remainingMs } from '@nestfleet/service';\nconst line: (() => void)[] = [];\nlet places = ${PLACES};\n`,
      },
      {
        file: DIAGNOSTICS,
        find: `    await sleep(ms);\n`,
        replace: `    if (places > 0) places -= 1;
    else await new Promise<void>((resolve) => line.push(resolve));
    await sleep(ms);
    const next = line.shift();
    if (next) next();
    else places += 1;
    process.stdout.write(JSON.stringify({ event: '${WORK_EVENT}', in_time: remainingMs() > 0 }) + '\\n');
`,
      },
    ],
  },
];
