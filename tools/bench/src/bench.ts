import { parseArgs } from 'node:util';
import { balancing } from './balancing.ts';
import { frames } from './frames.ts';
import { jobs } from './jobs.ts';
import { middleware } from './middleware.ts';
import { outage } from './outage.ts';
import { overload } from './overload.ts';
import { pick } from './pick.ts';
import { formatBound, formatTable, holds, type Bench } from './report.ts';
import { proxy } from './proxy.ts';
import { slots } from './slots.ts';
import { stores } from './stores.ts';
import { view } from './view.ts';
import { visit } from './visit.ts';

/** In the order in which they run. */
const benches: readonly Bench[] = [
  pick,
  outage,
  view,
  balancing,
  overload,
  proxy,
  frames,
  visit,
  middleware,
  slots,
  jobs,
  stores,
];

const USAGE = `Benches, all or some:
  node tools/bench/src/bench.ts [name …] [--short]
${benches.map(({ name, shows }) => `    ${name.padEnd(10)} ${shows}`).join('\n')}
\`balancing\`, \`proxy\` and \`frames\` need the built gateway, \`overload\` both, \`visit\` and \`middleware\` the built api: nx run-many -t build -p frontend-gateway,api
\`--short\` shows that all of it runs; what it measures says nothing, so no bound is checked.
Redis and Consul are found as \`make up\` finds them: NESTFLEET_REDIS_SERVER and NESTFLEET_CONSUL, PATH, else fetched once.`;

async function main(names: readonly string[], isShort: boolean): Promise<number> {
  const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    console.error(`no bench ${unknown.join(', ')}\n${USAGE}`);
    return 64;
  }
  let missed = 0;
  for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name))) {
    console.log(`\n${bench.name}: ${bench.shows}`);
    const { table, bounds } = isShort ? await bench.short() : await bench.run();
    console.log(formatTable(table));
    if (isShort) continue;
    console.log(bounds.map(formatBound).join('\n'));
    missed += bounds.filter((bound) => !holds(bound)).length;
  }
  return missed === 0 ? 0 : 1;
}

try {
  const options = { help: { type: 'boolean' }, short: { type: 'boolean', default: false } } as const;
  const { positionals, values } = parseArgs({ allowPositionals: true, options });
  if (values.help) console.log(USAGE);
  process.exitCode = values.help ? 0 : await main(positionals, values.short);
} catch (fault) {
  console.error(fault);
  process.exitCode = 1;
}
