import { parseArgs } from 'node:util';
import { BALANCERS, ENGINES, TEST_DOMAIN, bringUp } from './conformance/bring-up.ts';
import { Door } from './conformance/door.ts';
import { rows } from './conformance/rows.ts';
import { formatResult, formatSums, runRow, sumUp } from './conformance/run-rows.ts';
import { openSubject } from './conformance/subject.ts';

const USAGE = `The same rows against any front door:
  node tools/prove/src/conformance.ts --url http://127.0.0.1:8080 [--domain localhost]
  node tools/prove/src/conformance.ts --engine local|docker [--balancer ${BALANCERS.join('|')}]
  … [--only ${rows.map(({ name }) => name).join(',')}]`;

class UsageFault extends Error {}

const isOneOf = <T extends string>(known: readonly T[], word: string): word is T => known.some((each) => each === word);

function readArguments() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      domain: { type: 'string' },
      engine: { type: 'string' },
      balancer: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const { url, engine, balancer = 'gateway', only } = values;
  if ((url === undefined) === (engine === undefined)) throw new UsageFault('give either --url or --engine');
  if (engine !== undefined && !isOneOf(ENGINES, engine)) throw new UsageFault(`no engine ${engine}`);
  if (!isOneOf(BALANCERS, balancer)) throw new UsageFault(`no balancer ${balancer}`);
  const wanted = only?.split(',');
  const unknown = wanted?.filter((name) => !rows.some((row) => row.name === name)) ?? [];
  if (unknown.length > 0) throw new UsageFault(`no row ${unknown.join(', ')}`);
  const chosen = rows.filter(({ name }) => wanted?.includes(name) ?? true);
  return { url, engine, balancer, domain: values.domain, chosen };
}

async function main(): Promise<number> {
  const { url, engine, balancer, domain, chosen } = readArguments();
  const standing = engine && (await bringUp(engine, balancer));
  const door = new Door(standing?.url ?? url ?? '', domain ?? (standing ? TEST_DOMAIN : 'localhost'));
  const { subject, close } = openSubject(door, standing?.driver, { isCi: Boolean(process.env['CI']) });
  // A fleet that outlives an interrupted run would be found by nobody.
  const leave = async (): Promise<void> => {
    await close();
    await standing?.driver.dispose();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void leave().finally(() => process.exit(1)));
  console.log(
    `conformance of ${engine ? `${balancer} on the ${engine} engine` : url} (${door.origin}, ${door.domain})`,
  );
  const results = [];
  try {
    for (const row of chosen) {
      const result = await runRow(row, subject);
      results.push(result);
      console.log(formatResult(result));
    }
  } finally {
    await leave();
  }
  const sums = sumUp(results);
  console.log(formatSums(sums));
  return sums.failed > 0 || sums.passed === 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageFault) console.error(USAGE);
  process.exitCode = error instanceof UsageFault ? 2 : 1;
}
