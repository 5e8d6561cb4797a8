import { describe, expect, it } from '@jest/globals';
import { HAPROXY, haproxyRegions } from './haproxy-regions.ts';
import { type RoutedRow, routedRows, table } from './services-table.ts';

const like = routedRows(table)[0]!;
const row = (name: string, prefix: RoutedRow['ingress']['prefix'], hosts: readonly string[] = []): RoutedRow => ({
  ...like,
  name,
  shortName: name,
  ingress: { hosts, prefix, paths: [] },
});

interface Sent {
  backend?: string;
  path: string;
  /** X-Forwarded-Prefix. */
  prefix?: string;
}

const TESTS: Readonly<Record<string, (sample: string, value: string) => boolean>> = {
  str: (sample, value) => sample === value,
  beg: (sample, value) => sample.startsWith(value),
  end: (sample, value) => sample.endsWith(value),
};

/** What HAProxy does with a request by the lines of its routing, read in the few forms that they have. */
function sentBy(lines: readonly string[], host: string, path: string): Sent {
  const sent: Sent = { path };
  const variables = new Map<string, string>();
  const acls = new Map<string, (() => boolean)[]>();
  const sampleOf = (fetch: string): string =>
    fetch === 'path' ? sent.path : fetch.startsWith('var(') ? (variables.get(fetch.slice(4, -1)) ?? '') : host;
  const isTrue = (name: string): boolean =>
    name.startsWith('!') ? !isTrue(name.slice(1)) : acls.get(name)?.some((test) => test()) === true;
  const holds = (condition: string): boolean => condition.split(' or ').some((all) => all.split(' ').every(isTrue));
  for (const line of lines) {
    const [action = '', condition] = line.trim().split(' if ');
    const [word, name = '', fetch = '', ...rest] = action.split(' ');
    if (word === 'acl') {
      const [how = '', values] = rest[0] === '-m' ? [rest[1], rest.slice(2)] : ['str', rest];
      const test = () => values.some((value) => TESTS[how]!(sampleOf(fetch), value.replaceAll('"', '')));
      acls.set(name, [...(acls.get(name) ?? []), test]);
    }
    if (condition !== undefined && !holds(condition)) continue;
    const variable = /^set-var\((.+)\)$/.exec(name)?.[1];
    if (variable !== undefined) variables.set(variable, fetch.slice('str('.length, -1));
    if (name === 'set-header') sent.prefix = rest[0]!;
    if (name === 'replace-path') sent.path = sent.path.replace(new RegExp(`^${fetch}$`), rest[0]!.replace('\\1', '$1'));
    if (word === 'use_backend' || word === 'default_backend') sent.backend ??= name;
  }
  return sent;
}

describe('the routing of HAProxy', () => {
  const rows = [
    row('page', '/'),
    row('billing', '/billing', ['billing']),
    row('archive', '/billing/reports/old'),
    row('reports', '/billing/reports'),
  ];
  const [text = ''] = haproxyRegions(routedRows(rows))[HAPROXY.edgeProxy] ?? [];
  const lines = text.trimEnd().split('\n');

  it.each([
    ['/billing', { backend: 'billing', path: '/', prefix: '/billing' }],
    ['/billing/invoices', { backend: 'billing', path: '/invoices', prefix: '/billing' }],
    ['/billing/reportsx', { backend: 'billing', path: '/reportsx', prefix: '/billing' }],
    ['/billing/reports', { backend: 'reports', path: '/', prefix: '/billing/reports' }],
    ['/billing/reports/2026', { backend: 'reports', path: '/2026', prefix: '/billing/reports' }],
    ['/billing/reports/old/1', { backend: 'archive', path: '/1', prefix: '/billing/reports/old' }],
    ['/billingx', { backend: 'page', path: '/billingx' }],
    ['/', { backend: 'page', path: '/' }],
  ])('sends %s by the longest prefix', (path, expected) => {
    expect(sentBy(lines, 'fleet.example', path)).toEqual(expected);
  });

  it('takes nothing off under the host name of a service', () => {
    const path = '/billing/reports/2026';
    expect(sentBy(lines, 'billing.${DOMAIN}', path)).toEqual({ backend: 'billing', path });
  });
});
