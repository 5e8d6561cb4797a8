import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startRedisServer } from '@nestfleet/redis/testing';
import { findRedisServer } from '../../fleet/src/programs.ts';
import { type Bench, shortOf } from './report.ts';
import { type Entry, SHORT, DEFAULTS, type VisitPlan, measureVisits } from './visit/measure-visit.ts';
import { parts } from './visit/parts.ts';
import { startApi } from './visit/processes.ts';
import { formatRatio, median, ratioOf, type Sample, type Samples } from './visit/ratios.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BUILD_WITHIN_MS = 120_000;

const WHOLE = 'all of it';
const NOTHING = 'without any of it';

async function buildWithout(names: readonly string[]): Promise<string> {
  const word = `without-${names.join('+')}`;
  const args = ['tools/rolldown.mjs', 'build', 'apps/api', `--without=${word}`];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: BUILD_WITHIN_MS });
  return `dist/variants/${word}/api/main.js`;
}

const entry = (name: string, bundle: string): Entry => ({
  name,
  shows: name,
  start: (redisUrl) => startApi(redisUrl, bundle),
});

async function entriesOf(): Promise<Entry[]> {
  const entries = [entry(WHOLE, 'dist/apps/api/main.js')];
  for (const { name, shows } of parts) entries.push(entry(shows, await buildWithout([name])));
  entries.push(entry(NOTHING, await buildWithout(parts.map(({ name }) => name))));
  return entries;
}

const cpu = ({ cpuUs }: Sample): number => cpuUs;

/** What each part costs: the api without it beside the whole one, in the same rounds. */
export async function runMiddleware(plan: VisitPlan = DEFAULTS): ReturnType<Bench['run']> {
  const entries = await entriesOf();
  const { path: binary } = await findRedisServer();
  const redis = await startRedisServer({ binary });
  try {
    const measured = await measureVisits(entries, redis, plan);
    const samplesOf = (name: string): Samples => measured.get(name) ?? [];
    const whole = samplesOf(WHOLE);
    return {
      table: [
        ['the api without', 'CPU µs', 'to all of it', 'the part costs'],
        ...entries.map(({ name }) => {
          const ratio = ratioOf(samplesOf(name), whole, cpu);
          const costs = name === WHOLE ? '' : `${((1 - ratio.median) * 100).toFixed(0)} %`;
          return [name, shortOf(median(samplesOf(name).map(cpu))), formatRatio(ratio), costs];
        }),
      ],
      bounds: [],
    };
  } finally {
    await redis.stop();
  }
}

export const middleware: Bench = {
  name: 'middleware',
  shows: 'what each part of the api costs a visit: bundles that leave one out, beside the whole one',
  run: () => runMiddleware(),
  short: () => runMiddleware(SHORT),
};
