import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readYaml } from './compose-file.ts';
import { type RoutedRow, routedRows, table } from './services-table.ts';
import { DOMAIN, tagsOf } from './traefik-labels.ts';
import { bodyFaults, retryFaults } from './traefik-retry.ts';
import { linesOf, type Source } from './traefik-routes.ts';

const rows = routedRows(table);
const text = readFileSync(`${import.meta.dirname}/../../../../deploy/traefik/dynamic/edge-proxy.yaml`, 'utf8');
const files = (content = text): Source => ({ from: 'files', lines: linesOf(readYaml(content)) });
const sourcesOf = (routed: readonly RoutedRow[]): Source[] =>
  routed.map((row) => ({ from: row.name, lines: tagsOf(row) }));
const faults = (sources: readonly Source[], content = text): string[] =>
  retryFaults(sources, files(content), rows, DOMAIN);

/** The tags with one line changed. */
const seeded = (key: string, change: (value: string) => string): Source[] =>
  sourcesOf(rows).map(({ from, lines }) => ({
    from,
    lines: lines.map(([name, value]) => [name, name === `traefik.http.${key}` ? change(value) : value] as const),
  }));

describe('what Traefik sends again', () => {
  it('is what the routes of every service allow', () => {
    expect(faults(sourcesOf(rows))).toEqual([]);
  });

  it('is found where a visit is among the safe routes', () => {
    const wrong = rows.map((row) => ({
      ...row,
      routes: row.routes.map((route) =>
        row.name === 'api' && route.path === '/' ? ({ ...route, retryPolicy: 'idempotent' } as const) : route,
      ),
    }));
    const found = faults(sourcesOf(wrong));
    for (const request of ['/api', '/api/'].map((path) => `GET ${DOMAIN}${path}`))
      expect(found).toContain(`api: ${request} is sent again, which may be done twice`);
    expect(found).toContain(`api: GET app.${DOMAIN}/api/visit is sent again, which may be done twice`);
    expect(found).toContain(`api: GET webserver.${DOMAIN}/ is sent again, which may be done twice`);
    expect(found).toContain(
      `api: GET ${DOMAIN}/api/ goes over a connection that was used before, and may be done twice`,
    );
  });

  it.each<[string, string, (value: string) => string, string]>([
    [
      'the paths of a router take in one that changes something, before its own router',
      'routers.api-prefix-connect-failure.priority',
      () => '29',
      `GET ${DOMAIN}/api/ goes over a connection that was used before, and may be done twice`,
    ],
    [
      'a path is missing',
      'routers.api-lines-idempotent.rule',
      (rule) => rule.replace('`/get`', '`/got`'),
      `GET ${DOMAIN}/get is not sent again`,
    ],
    [
      'a router takes every method',
      'routers.api-prefix-idempotent.rule',
      (rule) => rule.replace('Method(`GET`)', 'Method(`PUT`) || Method(`GET`)'),
      `PUT ${DOMAIN}/api/values/x is sent again, which may be done twice`,
    ],
    [
      'all else is retried',
      'routers.api-host-other.middlewares',
      (chain) => `retry-idempotent@file,${chain}`,
      `POST api.${DOMAIN}/jobs is sent again, which may be done twice`,
    ],
  ])('is found where %s', (_what, key, change, fault) => {
    expect(faults(seeded(key, change))).toContain(`api: ${fault}`);
  });

  it.each([
    ['the retry has no status', "        status: ['502']\n", '', `GET ${DOMAIN}/whoami is not sent again`],
    [
      'the other retry has one',
      'retry-connect-failure:\n      retry:\n',
      "retry-connect-failure:\n      retry:\n        status: ['502']\n",
      `POST ${DOMAIN}/api/session is sent again, which may be done twice`,
    ],
    [
      'connections are kept',
      'maxIdleConnsPerHost: -1',
      'maxIdleConnsPerHost: 2',
      `GET ${DOMAIN}/set goes over a connection that was used before, and may be done twice`,
    ],
  ])('is found where %s in the files', (_what, from, to, fault) => {
    expect(text).toContain(from);
    const found = faults(sourcesOf(rows), text.replace(from, to)).map((each) => each.replace(/^\w+: /, ''));
    expect(found).toContain(fault);
  });

  it('is found where a route has no router', () => {
    expect(faults([])).toContain(`api: GET ${DOMAIN}/api/ has no router`);
  });
});

describe('memory for bodies that may be sent again', () => {
  const limit = '        maxRequestBodyBytes: 1024\n';

  it('is small', () => expect(bodyFaults([files(), ...sourcesOf(rows)])).toEqual([]));

  it.each([
    ['the default', '', '2097152'],
    ['no bound', limit.replace('1024', '-1'), '-1'],
    ['too much', limit.replace('1024', '1048576'), '1048576'],
  ])('is found where it is %s', (_what, to, bytes) => {
    expect(text).toContain(limit);
    expect(bodyFaults([files(text.replace(limit, to))])).toEqual([
      `middlewares.retry-idempotent takes ${bytes} bytes of memory for the body of each request`,
    ]);
  });
});
