import type { Enqueued, Job, StoredValue } from '@nestfleet/contracts';
import { type Answer, CookieJar } from '../../client/http-client.ts';
import { until } from '../../client/until.ts';
import type { Check } from '../../checkers/check.ts';
import type { EdgeProxy } from '../../client/edge-proxy.ts';
import type { Row } from '../row.ts';
import { readThroughAll } from './spread.ts';

const json = { 'content-type': 'application/json' };
const own = (): string => `conformance-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;

/** Asks until the job has ended; says which replicas told about it. */
async function follow(edge: EdgeProxy, jar: CookieJar, id: string): Promise<{ job: Job; tellers: Set<string> }> {
  const tellers = new Set<string>();
  const { value: job } = await until(
    `job ${id} ends`,
    async () => {
      const { status, text, headers } = await edge.askAs(jar, `/api/jobs/${id}`);
      if (status !== 200) throw new Error(`${status} ${text}`);
      tellers.add(String(headers['x-served-by']));
      const seen = JSON.parse(text) as Job;
      return seen.state === 'completed' || seen.state === 'failed' ? seen : undefined;
    },
    30_000,
  );
  return { job, tellers };
}

export const jobs: Row = {
  name: 'jobs',
  shows: 'a job is run by a worker and read through another replica than enqueued it',
  run: async (check, { edge, knownDriver }) => {
    const jar = new CookieJar();
    await edge.askAs(jar, '/api/');
    const posted = await edge.askAs(jar, '/api/jobs', {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ name: 'primes', payload: { below: 20_000 } }),
    });
    check.equal('status of POST /jobs', posted.status, 202);
    const { id, outcome, served_by: taker } = JSON.parse(posted.text) as Enqueued;
    check.equal('outcome', outcome, 'created');
    const { job, tellers } = await follow(edge, jar, id);
    check.equal('state', job.state, 'completed');
    check.equal('result', (job.result as { primes?: number } | null)?.primes, 2_262);
    const { value: another } = await until(
      'another replica tells about it',
      async () => {
        const { status, headers } = await edge.askAs(jar, `/api/jobs/${id}`);
        if (status === 200) tellers.add(String(headers['x-served-by']));
        return [...tellers].find((name) => name !== taker);
      },
      10_000,
    );
    check.holds('read through another replica', another !== taker, another);
    const workers = await knownDriver?.ready('worker');
    if (workers)
      check.holds(
        'run by a worker of this fleet',
        workers.some((each) => each.servedBy === job.processed_by),
        job.processed_by,
      );
    else check.holds('run by somebody', job.processed_by !== null);
    check.equal('seen by a stranger', (await edge.ask(`/api/jobs/${id}`)).status, 404);
    check.note(`${id} taken by ${taker}, run by ${job.processed_by}, read through ${another}`);
  },
};

const valueOf = ({ text, headers }: Answer): string => `${(JSON.parse(text) as StoredValue).value} ${headers.etag}`;

export const values: Row = {
  name: 'values',
  shows: 'what one replica stored is read through all; ETags are the same on each',
  run: async (check, subject) => {
    const { edge } = subject;
    const key = own();
    const path = `/api/values/${key}`;
    const put = await edge.ask(path, { method: 'PUT', headers: json, body: '{"value":"blue"}' });
    check.equal('status of PUT', put.status, 201);
    const { etag } = put.headers;
    check.holds('PUT answers an ETag', etag !== undefined);
    const seen = await readThroughAll(check, subject, () => edge.ask(path), valueOf);
    check.equal('value and ETag', seen, `blue ${etag}`);
    await conditions(check, edge, path, etag ?? '');
  },
};

async function conditions(check: Check, edge: EdgeProxy, path: string, etag: string): Promise<void> {
  const known = await edge.ask(path, { headers: { 'if-none-match': etag } });
  check.equal('a read with the known ETag', [known.status, known.text], [304, '']);
  const write = (value: string, headers: Record<string, string>) =>
    edge.ask(path, { method: 'PUT', headers: { ...json, ...headers }, body: JSON.stringify({ value }) });
  check.equal('a write over another version', (await write('red', { 'if-match': '"1"' })).status, 412);
  check.equal('a first write where there is one', (await write('red', { 'if-none-match': '*' })).status, 412);
  check.equal('a write over the known version', (await write('red', { 'if-match': etag })).status, 200);
  check.equal('a removal', (await edge.ask(path, { method: 'DELETE' })).status, 204);
  check.equal('a read after it', (await edge.ask(path)).status, 404);
}

export const demoEndpoints: Row = {
  name: 'demo-endpoints',
  shows: '/set, /get and /enqueue at the root of the edge proxy, and nothing like them',
  run: async (check, { edge, knownDriver }) => {
    const key = own();
    const apis = (await knownDriver?.ready('api'))?.map((each) => each.servedBy);
    for (const prefix of ['', '/api']) {
      const set = await edge.ask(`${prefix}/set?key=${key}&value=b%20l%2Fue`);
      check.equal(`${prefix}/set`, set.status, 200);
      const got = await edge.ask(`${prefix}/get?key=${key}`);
      check.equal(`${prefix}/get`, (JSON.parse(got.text) as StoredValue).value, 'b l/ue');
      if (apis) check.holds(`${prefix}/get is the api's`, apis.includes(String(got.headers['x-served-by'])));
      const enqueued = await edge.ask(`${prefix}/enqueue?job=test-1`);
      check.equal(`${prefix}/enqueue`, enqueued.status, 200);
      const { job } = await follow(edge, new CookieJar(), (JSON.parse(enqueued.text) as Enqueued).id);
      const echoed = (job.result as { job?: string } | null)?.job;
      check.equal('its job', [job.state, job.name, echoed], ['completed', 'demo', 'test-1']);
    }
    check.equal('/get without a key', (await edge.ask('/get')).status, 400);
    for (const path of ['/settings', '/get/more', '/apix', '/api-docs'])
      check.equal(`${path} is nobody's`, (await edge.ask(path, { headers: { accept: 'text/plain' } })).status, 404);
  },
};
