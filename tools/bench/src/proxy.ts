import { alternate } from './alternate.ts';
import { type FakeReplica, startFakeReplica } from './balancing/fleet.ts';
import type { Running } from './built-app.ts';
import { type Proxy, PROXIES } from './proxy/proxies.ts';
import { type Bench, type Bound, shortOf } from './report.ts';
import { cpuUs, pin, startLoad } from './visit/processes.ts';
import { formatRatio, median, ratioOf } from './visit/ratios.ts';

interface ProxyPlan {
  readonly connections: number;
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
}

const DEFAULTS: ProxyPlan = { connections: 32, rounds: 20, roundMs: 1_500, warmUpMs: 3_000 };
const SHORT: ProxyPlan = { connections: 4, rounds: 2, roundMs: 200, warmUpMs: 100 };

/** A route of the api that may be retried; the others pass it on as it is. */
const PATH = '/api/whoami';
const REPLICAS = ['api-1', 'api-2', 'api-3'];
/** Times the CPU of HAProxy. */
const MAX = 1.5;
/** The processor of who is measured; the load and the replicas share the other one. */
const MEASURED_ON = 0;
const OTHERS_ON = 1;

/** What a proxy took in one round, per answered request. */
interface Sample {
  readonly cpuUs: number;
  readonly perSecond: number;
}
type Contender = Running & Pick<Proxy, 'name'>;

async function measure({ connections, rounds, roundMs, warmUpMs }: ProxyPlan) {
  const load = startLoad();
  const replicas: FakeReplica[] = [];
  const contenders: Contender[] = [];
  const cookies = Array.from({ length: connections }, (_, at) => `client-${at}`);
  const sample = async ({ name, port, child }: Contender, forMs: number): Promise<Sample> => {
    const pid = child.pid ?? 0;
    const [startUs, startMs] = [cpuUs(pid), performance.now()];
    const { answered, failed } = await load.run({ port, path: PATH, cookies, forMs });
    if (failed > 0 || answered === 0) throw new Error(`${name}: ${failed} requests failed, ${answered} did not`);
    const perSecond = (answered * 1_000) / (performance.now() - startMs);
    return { cpuUs: (cpuUs(pid) - startUs) / answered, perSecond };
  };
  try {
    for (const name of REPLICAS) replicas.push(await startFakeReplica({ name, tookMs: 0, status: 200 }));
    const ports = replicas.map(({ port }) => port);
    for (const proxy of PROXIES) {
      const running = await proxy.start(ports);
      if (running === undefined) console.warn(`${proxy.name} IS NOT INSTALLED, AND NOT MEASURED`);
      else contenders.push({ ...running, name: proxy.name });
    }
    for (const { child } of contenders) pin(child, MEASURED_ON);
    for (const { child } of [load, ...replicas]) pin(child, OTHERS_ON);
    for (const each of contenders) await sample(each, warmUpMs);
    return await alternate(contenders, rounds, (each) => sample(each, roundMs));
  } finally {
    for (const { child } of [load, ...replicas, ...contenders]) child.kill();
  }
}

const cpu = (sample: Sample): number => sample.cpuUs;

async function runProxy(plan: ProxyPlan): ReturnType<Bench['run']> {
  const measured = [...(await measure(plan))].map(([{ name }, samples]) => ({ name, samples }));
  const [baseline] = measured;
  const ratio = (samples: readonly Sample[]) => ratioOf(samples, baseline!.samples, cpu);
  const rows = measured.map(({ name, samples }) => [
    name,
    shortOf(median(samples.map(cpu))),
    formatRatio(ratio(samples)),
    shortOf(median(samples.map(({ perSecond }) => perSecond))),
  ]);
  const ours = measured.find(({ name }) => name === 'gateway')!;
  const bound: Bound = { what: 'CPU of a request', value: ratio(ours.samples).median, max: MAX, unit: '× HAProxy' };
  return { table: [['', 'CPU µs', 'to HAProxy', 'per second'], ...rows], bounds: [bound] };
}

export const proxy: Bench = {
  name: 'proxy',
  shows:
    'what passing a request on costs: the gateway, HAProxy, nginx, @fastify/http-proxy; 32 kept connections, 3 replicas',
  run: () => runProxy(DEFAULTS),
  short: () => runProxy(SHORT),
};
