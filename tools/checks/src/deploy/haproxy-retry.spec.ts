import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type RouteRule, services } from '@nestfleet/contracts';
import { retryFindings } from './haproxy-retry.ts';

const config = readFileSync(`${import.meta.dirname}/../../../../deploy/haproxy/door.cfg`, 'utf8');
const messages = (text: string, rules: readonly RouteRule[] = services.api.routes): string[] =>
  retryFindings('door.cfg', text, rules).map(({ message }) => message);

describe('what HAProxy sends again', () => {
  it('is what the routes allow', () => expect(messages(config)).toEqual([]));

  it.each([
    ['a route that changes something', '/whoami', '/whoami /', 'sends GET / again, which may be done twice'],
    ['a safe route that is left out', ' /get ', ' ', 'does not send GET /get again'],
    [
      'a condition without its header',
      'by_match_path one_match has_match',
      'by_match_path',
      'sends PUT /values/* again, which may be done twice',
    ],
    [
      'a condition that anything fits',
      `-m reg '^"[^"]*"( *, *"[^"]*")*$'`,
      `-m reg '.'`,
      'sends PUT /values/* with if-match: * again, which may be done twice',
    ],
    [
      'a condition of which one line is looked at and another may be used',
      'by_match_path one_match has_match',
      'by_match_path has_match',
      'sends PUT /values/* with if-match: * and if-match: "1" again, which may be done twice',
    ],
    [
      'a key of which there may be two',
      'req.fhdr_cnt(idempotency-key) eq 1',
      `req.fhdr(idempotency-key) -m reg '.'`,
      'sends POST /jobs with idempotency-key: k and idempotency-key: l again, which may be done twice',
    ],
    ['a name that is no acl', 'unless safe_read', 'unless save_read', '"save_read" is no acl above'],
  ])('%s is found', (_what, from, to, message) => {
    expect(config).toContain(from);
    expect(messages(config.replace(from, to))).toContain(message);
  });

  it('a configuration without the rule is found', () =>
    expect(messages('retry-on empty-response')).toEqual([
      'has no "http-request disable-l7-retry unless": all is sent again',
    ]));

  it('a new route is found', () => {
    const rule: RouteRule = { method: 'GET', path: '/new', retryPolicy: 'idempotent' };
    const found = messages(config, [rule]);
    expect(found).toContain('does not send GET /new again');
    expect(found).toContain('does not send GET /new with if-match: * again');
    expect(found.every((each) => each.startsWith('does not send GET /new'))).toBe(true);
  });
});
