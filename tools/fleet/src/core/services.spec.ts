import { describe, expect, it } from '@jest/globals';
import { services, variableOf } from '@nestfleet/contracts';
import { withBilling } from '../../test/with-billing.ts';
import {
  endOrderOf,
  formatCounts,
  defaultCounts,
  namesOf,
  serviceOf,
  slotsVariable,
  startOrderOf,
  swaggerAddresses,
} from './services.ts';

describe('the orders of a table', () => {
  it('start what has the prefix / last', () => {
    const others = namesOf(withBilling).filter((service) => service !== 'frontend-gateway');
    expect(startOrderOf(withBilling)).toEqual([...others, 'frontend-gateway']);
  });

  it('end it first, then what else requests are routed to', () => {
    const known: readonly string[] = ['worker', 'billing', 'api', 'frontend-gateway'];
    const order = endOrderOf(withBilling).filter((service) => known.includes(service));
    expect(order).toEqual(['frontend-gateway', 'api', 'billing', 'worker']);
    expect(endOrderOf(withBilling)[0]).toBe('frontend-gateway');
  });

  it('hold every service once', () => {
    const all = namesOf(services).toSorted();
    expect([startOrderOf(services).toSorted(), endOrderOf(services).toSorted()]).toEqual([all, all]);
  });
});

describe('names', () => {
  it('of variables are what shells and make take', () => {
    expect([variableOf(withBilling.billing), slotsVariable(withBilling.billing)]).toEqual([
      'BILL_RUN',
      'BILL_RUN_SLOTS',
    ]);
  });

  // Whoever sets one of these means something else by it.
  const TAKEN =
    /^(PORT|N|NAME|SERVICE|INSTANCE|ENGINE|BALANCER|TLS|DOMAIN|PATH|HOME|HOST|USER|SHELL|TERM|LANG|PWD|CI)$/;
  it.each(namesOf(services))('the variable of %s has no other meaning', (service) => {
    expect(variableOf(services[service])).not.toMatch(TAKEN);
  });

  it.each(namesOf(services))('%s is found by either name', (service) => {
    expect([serviceOf(service), serviceOf(services[service].shortName)]).toEqual([service, service]);
  });
});

it('counts are told in the order of the start', () => {
  expect(formatCounts({ ...defaultCounts, api: 3, worker: 2, 'frontend-gateway': 1 })).toMatch(
    /^3 api, 2 worker, .*1 gateway$/,
  );
});

it('the pages of Swagger UI are under the prefixes', () => {
  const addresses = swaggerAddresses('http://localhost:1');
  expect(addresses).toContain('http://localhost:1/api/docs (api)');
  expect(addresses).toMatch(/http:\/\/localhost:1\/docs \(gateway\)$/);
});
