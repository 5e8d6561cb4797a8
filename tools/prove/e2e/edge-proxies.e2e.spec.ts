import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { findHaproxy, findTraefik } from '../../fleet/src/programs.ts';
import { until } from '../src/client/until.ts';
import { allCases } from '../src/differential/all-cases.ts';
import { sayBytes } from '../src/differential/byte-client.ts';
import { PLAIN_ANSWER } from '../src/differential/byte-replica.ts';
import { head, type ProxyCase } from '../src/differential/case.ts';
import { differencesOfHaproxy, mismatches, readDifferences } from '../src/differential/differences.ts';
import { gatewayUnderTest, haproxyUnderTest, type ProxyUnderTest } from '../src/differential/proxies.ts';
import { runCases } from '../src/differential/run-cases.ts';
import { traefikUnderTest } from '../src/differential/traefik-proxy.ts';
import { twoHosts } from '../src/seeded-bugs/edge-bugs.ts';
import { buildSeeded } from '../src/seeded-bugs/build-variant.ts';

const BUILT = join(import.meta.dirname, '../../../dist/apps');
/** All cases, one after the other. */
const CASES_MS = 180_000;
const LOGGED_MS = 20_000;

const haproxy = await findHaproxy().catch((fault: unknown) => {
  if (process.env['CI']) throw fault;
  console.warn(`HAPROXY IS NOT COMPARED WITH THE OTHER EDGE PROXIES: ${String(fault)}`);
});
// No package brings it, so a machine without one is usual.
const traefik = await findTraefik().catch((fault: unknown) => {
  console.warn(`TRAEFIK IS NOT COMPARED WITH THE OTHER EDGE PROXIES: ${String(fault)}`);
});

const open: ProxyUnderTest[] = [];
const opened = async (proxy: Promise<ProxyUnderTest>): Promise<ProxyUnderTest> => {
  const started = await proxy;
  open.push(started);
  return started;
};
afterAll(() => Promise.all(open.map((proxy) => proxy.close())));

const withHaproxy = haproxy === undefined ? describe.skip : describe;
const named = readDifferences();
const differences = { ...named, HAProxy: differencesOfHaproxy(named, haproxy?.version ?? '') };

describe('what clients and replicas see', () => {
  const proxies = [
    { name: 'gateway', start: () => gatewayUnderTest(BUILT) },
    ...(haproxy ? [{ name: 'HAProxy', start: () => haproxyUnderTest({ path: haproxy.path }) } as const] : []),
    ...(traefik ? [{ name: 'Traefik', start: () => traefikUnderTest(traefik.path) } as const] : []),
  ] as const;

  it.each(proxies)(
    'is the same behind $name, but for what docs/edge-proxies.md names',
    async ({ name, start }) => {
      const outcomes = await runCases(await opened(start()), allCases);
      expect(mismatches(outcomes, allCases, differences[name])).toEqual([]);
    },
    CASES_MS,
  );
});

const idsOf = async (proxy: Promise<ProxyUnderTest>, name: keyof typeof differences): Promise<string[]> => {
  const outcomes = await runCases(await opened(proxy), allCases);
  return mismatches(outcomes, allCases, differences[name]).map(({ id }) => id);
};

const withoutLine = (line: string) => (text: string) => {
  const left = text.replace(`    ${line}\n`, '');
  if (left === text) throw new Error(`HAProxy's configuration has no line ${line}`);
  return left;
};

withHaproxy('a mistake in the rules of HAProxy', () => {
  it.each([
    ['http-request del-header x-forwarded- -m beg', ['forwarding-headers']],
    [
      'http-request deny deny_status 400 unless fit_host',
      [
        ...['markup', 'user', 'space', 'list', 'path', 'bytes', 'port'].map((what) => `host-${what}`),
        'origin-of-a-refused-request',
        'origin-that-is-foreign',
      ],
    ],
    ['http-request lua.allow_origin', ['origin-of-a-refused-request', 'origin-of-a-failed-request']],
  ])(
    'is found: without %s',
    async (line, ids) => {
      const proxy = haproxyUnderTest({ path: haproxy!.path, change: withoutLine(line) });
      // What its parser refuses no rule sees.
      const ofRules = ids.filter((id) => differences.HAProxy.get(id) !== '400 html');
      expect(await idsOf(proxy, 'HAProxy')).toEqual(ofRules);
    },
    CASES_MS,
  );
});

describe('a mistake in the gateway', () => {
  it(
    'is found: it takes two hosts',
    async () => {
      const folder = await buildSeeded(twoHosts.name, [twoHosts.app]);
      expect(await idsOf(gatewayUnderTest(folder), 'gateway')).toEqual(['two-hosts', 'same-host-twice']);
    },
    CASES_MS,
  );
});

const EDGE_PROXY = '127.0.0.1';
const FORWARDED = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-prefix', 'x-request-id'];
const hop = (id: string, fields: readonly string[], expected: string): ProxyCase => ({
  id,
  request: head('GET /api/x HTTP/1.1', 'host: app.localhost', 'x-request-id: id-1', ...fields),
  tells: { request: FORWARDED },
  expected,
});

describe('a gateway behind another edge proxy', () => {
  it('passes on what that one says of the client', async () => {
    const cases = [
      hop(
        'over https',
        ['x-forwarded-for: 203.0.113.7', 'x-forwarded-proto: https', 'x-forwarded-host: shop.example'],
        '200 -> x-forwarded-for=203.0.113.7, 127.0.0.1 x-forwarded-proto=https x-forwarded-host=shop.example x-forwarded-prefix=/api x-request-id=id-1',
      ),
      hop(
        'over two, the first by https',
        ['x-forwarded-for: 203.0.113.7, 127.0.0.9', 'x-forwarded-proto: https, http'],
        '200 -> x-forwarded-for=203.0.113.7, 127.0.0.9, 127.0.0.1 x-forwarded-proto=https x-forwarded-host=app.localhost x-forwarded-prefix=/api x-request-id=id-1',
      ),
      hop(
        'over two, the second by https',
        ['x-forwarded-for: 203.0.113.7, 127.0.0.9', 'x-forwarded-proto: http, https'],
        '200 -> x-forwarded-for=203.0.113.7, 127.0.0.9, 127.0.0.1 x-forwarded-proto=http x-forwarded-host=app.localhost x-forwarded-prefix=/api x-request-id=id-1',
      ),
      hop(
        'of a stranger before it',
        ['x-forwarded-for: 198.51.100.1, 203.0.113.7', 'x-forwarded-proto: https, http'],
        '200 -> x-forwarded-for=203.0.113.7, 127.0.0.1 x-forwarded-proto=http x-forwarded-host=app.localhost x-forwarded-prefix=/api x-request-id=id-1',
      ),
    ];
    const outcomes = await runCases(await opened(gatewayUnderTest(BUILT, '127.0.0.0/8')), cases);
    expect(mismatches(outcomes, cases, new Map())).toEqual([]);
  });
});

withHaproxy('a gateway behind HAProxy', () => {
  it('has one request id with it: at the replica, in the problem, in both logs', async () => {
    const gateway = await opened(gatewayUnderTest(BUILT, EDGE_PROXY));
    const outer = await opened(haproxyUnderTest({ path: haproxy!.path, gatewayPort: gateway.port }));
    const request = head(
      'GET /api/x HTTP/1.1',
      'host: app.localhost',
      'x-forwarded-for: 6.6.6.6',
      'x-request-id: "forged"',
    );
    gateway.replica.answerWith(PLAIN_ANSWER, false);
    await sayBytes(outer.port, request);
    expect(gateway.replica.requests[0]).toContain(
      '\r\nx-forwarded-for: 127.0.0.1, 127.0.0.1\r\nx-forwarded-proto: http\r\n',
    );
    gateway.replica.answerWith('ok', true);
    const { text } = await sayBytes(outer.port, request);
    const id = /\r\nx-request-id: ([0-9a-f-]{36})\r\n/.exec(gateway.replica.requests[0] ?? '')?.[1];
    expect(id).toBeDefined();
    expect(text).toContain(`"request_id":"${id}"`);
    expect(text.toLowerCase()).toContain(`\r\nx-request-id: ${id}\r\n`);
    await until('the gateway has logged it', () => gateway.log().includes(`"request_id":"${id}"`), LOGGED_MS);
    await until('HAProxy has logged it', () => outer.log().includes(id!), LOGGED_MS);
  });
});
