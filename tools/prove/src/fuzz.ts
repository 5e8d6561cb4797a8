import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageFault, parseNatural, runMain } from './cli.ts';
import { type FuzzReport, runFuzz } from './fuzz/run-fuzz.ts';
import { buildSeeded } from './seeded-bugs/build-variant.ts';
import { fuzzBugs } from './seeded-bugs/fuzz-bugs.ts';

const USAGE = `Sends a built gateway and api what no client and no replica should, and looks whether they live on:
  node tools/fleet/src/with-servers.ts node tools/prove/src/fuzz.ts [--seconds 60] [--seed 7]
    [--only 12,13]      these connections of the seed alone
    [--apps folder]     other bundles than dist/apps
    [--gateway-only]    before fuzzing replicas; needs no Redis
    [--seeded ${fuzzBugs.map(({ name }) => name).join('|')}]    a gateway with this bug, alone: it is to be found`;

const root = resolve(import.meta.dirname, '../../..');

const options = {
  seconds: { type: 'string', default: '60' },
  seed: { type: 'string' },
  only: { type: 'string' },
  apps: { type: 'string', default: join(root, 'dist/apps') },
  seeded: { type: 'string' },
  'gateway-only': { type: 'boolean', default: false },
} as const;

const inWords = ({ counts }: FuzzReport): string[] =>
  [...Map.groupBy(counts, ([what]) => what.split(' ')[0] ?? '')].map(([group, mine]) => {
    const sum = mine.reduce((all, [, count]) => all + count, 0);
    const each = mine.map(([what, count]) => `${what.slice(group.length + 1)} ${count}`);
    return `${sum} ${group}s: ${each.toSorted((a, b) => a.localeCompare(b)).join(', ')}`;
  });

/** @returns the folder of the bundle */
function buildWith(name: string): Promise<string> {
  if (fuzzBugs.every((bug) => bug.name !== name)) throw new UsageFault(`no seeded bug ${name}`);
  return buildSeeded(name, ['frontend-gateway']);
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options });
  const isAlone = values['gateway-only'] || values.seeded !== undefined;
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : parseNatural('the seed', values.seed);
  const redisUrl = process.env['REDIS_URL'];
  if (redisUrl === undefined && !isAlone) throw new UsageFault('REDIS_URL is not set');
  console.log(`SEED=${seed} SECONDS=${values.seconds}`);
  const report = await runFuzz({
    seed,
    seconds: parseNatural('the number of seconds', values.seconds),
    appsDir: values.seeded === undefined ? resolve(values.apps) : await buildWith(values.seeded),
    redisUrl: isAlone ? undefined : redisUrl,
    only: values.only?.split(',').map((word) => parseNatural('a connection', word)),
    stopsAtFirst: values.seeded !== undefined,
    say: console.log,
  });
  for (const line of inWords(report)) console.log(line);
  const { finds } = report;
  for (const [kind, count] of finds) console.log(`found ${count} times: ${kind}`);
  if (finds.size > 0) console.log(`the same again: SEED=${seed}`);
  console.log(`${finds.size} kinds of faults found`);
  return finds.size > 0 ? 1 : 0;
}

await runMain(main, USAGE);
