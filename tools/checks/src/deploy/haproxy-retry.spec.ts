import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { connectFailure, idempotent, type RouteRule, services, withIfMatch } from '@nestfleet/contracts';
import { HAPROXY, haproxyRegions } from './haproxy-regions.ts';
import { retryFindings } from './haproxy-retry.ts';
import { routedRows, table } from './services-table.ts';

const configOf = (file: string): string => readFileSync(`${import.meta.dirname}/../../../../${file}`, 'utf8');
const config = configOf(HAPROXY.docker);
const messages = (text: string, routes: readonly RouteRule[] = services.api.routes): string[] =>
  retryFindings('docker.cfg', text, [{ shortName: 'api', routes }]).map(({ message }) => message);

describe('what HAProxy sends again', () => {
  it.each([HAPROXY.docker, HAPROXY.consul])('is what the routes of every service allow, by %s', (file) => {
    expect(retryFindings(file, configOf(file), routedRows(table))).toEqual([]);
  });

  it.each([
    ['a route that changes something', '/whoami', '/whoami /', 'api: sends GET / again, which may be done twice'],
    ['a safe route that is left out', ' /get ', ' ', 'api: does not send GET /get again'],
    [
      'a condition without its header',
      'if_match_put_path one_match has_match',
      'if_match_put_path',
      'api: sends PUT /values/* again, which may be done twice',
    ],
    [
      'a condition that anything fits',
      `-m reg '^"[^"]*"( *, *"[^"]*")*$'`,
      `-m reg '.'`,
      'api: sends PUT /values/* with if-match: * again, which may be done twice',
    ],
    [
      'a condition of which one line is looked at and another may be used',
      'if_match_put_path one_match has_match',
      'if_match_put_path has_match',
      'api: sends PUT /values/* with if-match: * and if-match: "1" again, which may be done twice',
    ],
    [
      'a key of which there may be two',
      'req.fhdr_cnt(idempotency-key) eq 1',
      `req.fhdr(idempotency-key) -m reg '.'`,
      'api: sends POST /jobs with idempotency-key: k and idempotency-key: l again, which may be done twice',
    ],
    ['a name that is no acl', 'unless idempotent_get_head', 'unless idempotent_get', 'api: "idempotent_get" is no acl'],
    ['the rules of another service', 'backend api', 'backend other', 'has no "backend api"'],
  ])('%s is found', (_what, from, to, message) => {
    expect(config).toContain(from);
    expect(messages(config.replace(from, to))).toContain(message);
  });

  it('a backend without the rule is found', () => {
    const text = config.replace('http-request disable-l7-retry', '#');
    expect(messages(text)).toEqual(['api: has no "http-request disable-l7-retry": all is sent again']);
  });

  it('a new route is found', () => {
    const rule: RouteRule = { method: 'GET', path: '/new', retryPolicy: 'idempotent' };
    const found = messages(config, [rule]);
    expect(found).toContain('api: does not send GET /new again');
    expect(found).toContain('api: does not send GET /new with if-match: * again');
    expect(found.every((each) => each.startsWith('api: does not send GET /new'))).toBe(true);
  });

  it.each<[string, readonly RouteRule[]]>([
    ['in the middle of the path', [idempotent('GET', '/invoices/*/lines'), connectFailure('GET', '/invoices/*')]],
    ['under another policy', [withIfMatch('PUT', '/invoices/*'), connectFailure('PUT', '/invoices')]],
    ['nowhere, and no route may be sent again', [connectFailure('POST', '/invoices')]],
  ])('is made right from routes with a * %s', (_what, routes) => {
    const row = { ...routedRows(table)[0]!, routes };
    const [text = ''] = haproxyRegions([row])[HAPROXY.docker] ?? [];
    expect(retryFindings('docker.cfg', text, [row])).toEqual([]);
  });

  it('is found where a * at the end takes in a route that may not be sent again', () => {
    const row = { ...routedRows(table)[0]!, routes: [idempotent('GET', '/a/*'), connectFailure('GET', '/a/count')] };
    const [text = ''] = haproxyRegions([row])[HAPROXY.docker] ?? [];
    expect(retryFindings('docker.cfg', text, [row])[0]?.message).toBe(
      'api: sends GET /a/count again, which may be done twice',
    );
  });
});
