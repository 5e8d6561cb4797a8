import { describe, expect, it } from '@jest/globals';
import { routedServices } from '@nestfleet/contracts';
import { RouteTable } from './route-table.ts';

const api = routedServices.find(({ name }) => name === 'api')!;
const billing = { ingress: { hosts: ['billing', 'bill'], prefix: '/billing', paths: ['/pay'] } } as const;

const table = new RouteTable([api, billing], 'localhost');

describe('RouteTable.pathTarget', () => {
  it.each([
    ['/api', '/'],
    ['/api/', '/'],
    ['/api?x=1', '/?x=1'],
    ['/api/?x=1', '/?x=1'],
    ['/api/values/a%2Fb?ttl=%20', '/values/a%2Fb?ttl=%20'],
    ['/api//odd', '//odd'],
    ['http://somewhere/api/jobs', '/jobs'],
  ])('takes the prefix off %s', (url, path) => {
    expect(table.pathTarget(url)).toEqual({ service: api, path, prefix: '/api' });
  });

  it.each(['/set?key=a&value=b', '/get?key=a', '/enqueue?job=x', '/get'])('keeps the path of %s as it is', (url) => {
    expect(table.pathTarget(url)).toEqual({ service: api, path: url, prefix: '' });
  });

  it.each([
    ['/billing/invoices?x', '/invoices?x', '/billing'],
    ['/billing', '/', '/billing'],
    ['/pay?x=1', '/pay?x=1', ''],
  ])('tells %s of another service apart', (url, path, prefix) => {
    expect(table.pathTarget(url)).toEqual({ service: billing, path, prefix });
  });

  it.each([
    ['/billing/reports?x', '/?x', '/billing/reports'],
    ['/billing/reports/2026', '/2026', '/billing/reports'],
  ])('gives %s to the service with the longest prefix', (url, path, prefix) => {
    const reports = { ingress: { hosts: [], prefix: '/billing/reports', paths: [] } } as const;
    const nested = new RouteTable([billing, reports], 'localhost');
    expect(nested.pathTarget(url)).toEqual({ service: reports, path, prefix });
    expect(nested.pathTarget('/billing/reportsx')).toEqual({ service: billing, path: '/reportsx', prefix: '/billing' });
  });

  const own = ['/', '/apix', '/apiary/', '/settings', '/get/more', '/whoami', '/%61pi/', '/x/api/', '*', '?/api'];
  it.each([...own, '/billings', '/pay/more'])('does not take %s, which is the gateway’s own', (url) => {
    expect(table.pathTarget(url)).toBeUndefined();
  });
});

describe('RouteTable.hostTarget', () => {
  it.each([
    ['localhost', 'api.localhost'],
    ['localhost', 'api.localhost:8080'],
    ['localhost', 'API.Localhost:1'],
    ['fleet.test', 'api.fleet.test:65535'],
    ['fleet.test', 'api.Fleet.Test'],
  ])('for %s knows %s', (domain, host) => {
    const of = new RouteTable([api, billing], domain);
    expect(of.hostTarget(host, '/x')?.service).toBe(api);
  });

  it('knows each name of another service', () => {
    expect(table.hostTarget('billing.localhost:1', '/x')?.service).toBe(billing);
    expect(table.hostTarget('bill.localhost', '/x')?.service).toBe(billing);
  });

  it.each([
    ['localhost', undefined],
    ['localhost', ''],
    ['localhost', 'localhost'],
    ['localhost', 'app.localhost:8080'],
    ['localhost', 'api.localhost.example'],
    ['localhost', 'api.localhostile'],
    ['localhost', 'xapi.localhost'],
    ['localhost', 'api.localhost.'],
    ['fleet.test', 'api.localhost'],
    ['fleet.test', 'fleet.test'],
    ['fleet.test', 'apixfleet.test'],
  ])('for %s does not know %s', (domain, host) => {
    expect(new RouteTable([api, billing], domain).hostTarget(host, '/')).toBeUndefined();
  });

  it('keeps every path of a service’s own host name, one with its prefix too', () => {
    expect(table.hostTarget('api.localhost', '/api/x?y')).toEqual({ service: api, path: '/api/x?y', prefix: '' });
    expect(table.hostTarget('api.localhost', 'http://api.localhost/whoami')?.path).toBe('/whoami');
    expect(table.hostTarget('api.localhost', 'http://api.localhost')?.path).toBe('/');
  });

  it('without host names knows none', () => {
    const nameless = { ingress: { ...billing.ingress, hosts: [] } };
    expect(new RouteTable([nameless], 'localhost').hostTarget('billing.localhost', '/')).toBeUndefined();
  });
});
