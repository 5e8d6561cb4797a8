import { expect, it } from '@jest/globals';
import { gateOf, ReconnectGate } from './reconnect-gate.ts';

/** Of 8 s to 12 s. */
const WAIT_MS = 10_000;

function clients() {
  const gate = new ReconnectGate(() => 0.5);
  const tried: string[] = [];
  const client = (name: string) => ({ tryNow: () => void tried.push(name) });
  const all = [client('a'), client('b'), client('c')] as const;
  const [a, b, c] = all;
  return { gate, tried, a, b, c, delays: () => all.map((each) => gate.delayMs(each, 50)) };
}

it('lets one client try, however often it fails', () => {
  const { delays } = clients();
  expect(delays()).toEqual([50, WAIT_MS, WAIT_MS]);
  expect(delays()).toEqual([50, WAIT_MS, WAIT_MS]);
});

it('has all others try once one is admitted', () => {
  const { gate, tried, a, delays } = clients();
  delays();
  gate.admitted(a);
  expect(tried).toEqual(['b', 'c']);
});

it('begins anew behind that', () => {
  const { gate, tried, a, b, delays } = clients();
  delays();
  gate.admitted(a);
  expect([gate.delayMs(b, 70), gate.delayMs(a, 70)]).toEqual([70, WAIT_MS]);
  expect(tried).toEqual(['b', 'c']);
});

it('passes the turn on where the one that tries has left', () => {
  const { gate, tried, a, b, c, delays } = clients();
  delays();
  gate.left(b);
  gate.left(a);
  expect(tried).toEqual(['c']);
  expect([gate.delayMs(c, 60), gate.delayMs(b, 60)]).toEqual([60, WAIT_MS]);
});

it('is one for each server, and for all that are let in alike', () => {
  expect(gateOf({ host: 'a', port: 1 })).toBe(gateOf({ host: 'a', port: 1 }));
  expect(gateOf({ host: 'a', port: 1 })).not.toBe(gateOf({ host: 'a', port: 2 }));
  for (const own of [{ db: 1 }, { username: 'u' }, { password: 'p' }])
    expect(gateOf({ host: 'a', port: 1, ...own })).not.toBe(gateOf({ host: 'a', port: 1 }));
  const sentinels = [{ host: 's', port: 1 }];
  expect(gateOf({ sentinels, name: 'x' })).not.toBe(gateOf({ sentinels, name: 'y' }));
});
