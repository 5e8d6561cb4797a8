import type { Part } from '../visit/parts.ts';

const DIAGNOSTICS = 'apps/api/src/diagnostics/diagnostics.controller.ts';

/** Requests that one replica works on at once, as a pool of connections would let it. */
export const PLACES = 5;

/** What an api has at the end of each piece of work, and whether its caller still waited. */
export const WORK_EVENT = 'bench.work';

const SAY_DONE = `    process.stdout.write(JSON.stringify({ event: '${WORK_EVENT}', in_time: remainingMs() > 0 }) + '\\n');\n`;
const IMPORTS = `Lifecycle, ProblemError } from '@nestfleet/service';\n`;
const IMPORTS_MORE = `Lifecycle, ProblemError, remainingMs } from '@nestfleet/service';\n`;

/**
 * What makes the capacity of a replica known. Its work, here a wait, has so many places, and who finds none waits in a line
 * without an end, as at a pool of connections to a database; or it computes, and has the one thread.
 */
export const overloadParts: readonly Part[] = [
  {
    name: 'unlimited-work',
    shows: 'work of any amount at once',
    patches: [
      {
        file: DIAGNOSTICS,
        find: IMPORTS,
        replace: `${IMPORTS_MORE}const line: (() => void)[] = [];\nlet places = ${PLACES};\n`,
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
${SAY_DONE}`,
      },
    ],
  },
  {
    name: 'waiting-work',
    shows: 'work that waits, and does not compute',
    patches: [
      { file: DIAGNOSTICS, find: IMPORTS, replace: IMPORTS_MORE },
      {
        file: DIAGNOSTICS,
        find: `    await sleep(ms);\n`,
        replace: `    const endMs = performance.now() + ms;\n    while (performance.now() < endMs);\n${SAY_DONE}`,
      },
    ],
  },
];
