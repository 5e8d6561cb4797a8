import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageFault, oneOf, runMain } from './cli.ts';
import { bringUp } from './driver/bring-up.ts';
import { BALANCERS, ENGINES, TEST_DOMAIN } from './driver/fleet-options.ts';
import { readCluster } from './driver/kubectl.ts';
import { EdgeProxy } from './client/edge-proxy.ts';
import { rows } from './conformance/rows/all.ts';
import { formatResult, formatSums, runRow, sumUp } from './conformance/run-rows.ts';
import { openSubject } from './conformance/subject.ts';

const USAGE = `The same rows against any edge proxy:
  node tools/prove/src/conformance.ts --url http://127.0.0.1:8080 [--domain localhost] [--ca deploy/secrets/ca.crt]
  node tools/prove/src/conformance.ts --engine ${ENGINES.join('|')} [--balancer ${BALANCERS.join('|')}] [--tls]
  … [--only ${rows.map(({ name }) => name).join(',')}]`;

const COUNTS = { api: 3, 'frontend-gateway': 1, worker: 2 };

function readArguments() {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      domain: { type: 'string' },
      engine: { type: 'string' },
      balancer: { type: 'string' },
      tls: { type: 'boolean', default: false },
      ca: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const { url, engine, balancer = 'gateway', tls, ca, only } = values;
  if ((url === undefined) === (engine === undefined)) throw new UsageFault('give either --url or --engine');
  const wanted = only?.split(',');
  const unknown = wanted?.filter((name) => !rows.some((row) => row.name === name)) ?? [];
  if (unknown.length > 0) throw new UsageFault(`no row ${unknown.join(', ')}`);
  const chosen = rows.filter(({ name }) => wanted?.includes(name) ?? true);
  return {
    url,
    engine: engine === undefined ? undefined : oneOf(ENGINES, 'engine', engine),
    balancer: oneOf(BALANCERS, 'balancer', balancer),
    tls,
    ca,
    domain: values.domain,
    chosen,
  };
}

async function main(): Promise<number> {
  const { url, engine, balancer, tls, ca, domain, chosen } = readArguments();
  const cluster = engine === 'kubernetes' ? readCluster(process.env) : undefined;
  const started = engine && (await bringUp({ purpose: 'conformance', engine, balancer, tls, counts: COUNTS, cluster }));
  const authority = started?.ca ?? (ca === undefined ? undefined : readFileSync(ca, 'utf8'));
  const edge = new EdgeProxy(started?.url ?? url ?? '', domain ?? (started ? TEST_DOMAIN : 'localhost'), authority);
  const { subject, close } = openSubject(edge, started?.driver, { isCi: Boolean(process.env['CI']) });
  console.log(
    `conformance of ${engine ? `${balancer} on the ${engine} engine` : url} (${edge.origin}, ${edge.domain})`,
  );
  const results = [];
  try {
    for (const row of chosen) {
      const result = await runRow(row, subject);
      results.push(result);
      console.log(formatResult(result));
    }
  } finally {
    await close();
    await started?.driver.dispose();
  }
  const sums = sumUp(results);
  console.log(formatSums(sums));
  return sums.failed > 0 || sums.passed === 0 ? 1 : 0;
}

await runMain(main, USAGE);
