import { describe, expect, it } from '@jest/globals';
import { openDiscovery, type Pick } from '@nestfleet/discovery';
import { UpstreamSlots } from './upstream-slots.ts';

const pickOf = (id: string): Pick => ({
  instance: {
    id,
    service: 'api',
    address: '127.0.0.1',
    port: 1,
    health: 'passing',
    tags: [],
    meta: {},
    weight: 1,
    epoch: 0,
  },
  isProbe: false,
  observe: () => undefined,
  release: () => undefined,
});

describe('UpstreamSlots', () => {
  it('gives a long answer a slot of its own, and its connection back to short requests', () => {
    const slots = new UpstreamSlots(1, 1, 9);
    const held = slots.hold(pickOf('a'));
    expect([...slots.requests.exhausted]).toEqual(['a']);
    expect(held.becomeStream()).toBe(true);
    expect([slots.requests.used('a'), slots.streams.used('a')]).toEqual([0, 1]);
    held.release();
    expect(slots.usedOf('a')).toBeUndefined();
  });

  it('picks a replica that has a free connection, and any where none has', async () => {
    const discovery = openDiscovery(
      { kind: 'fixed', services: { api: ['127.0.0.1:1', '127.0.0.1:2'] } },
      { balancer: 'round-robin' },
    );
    const upstream = discovery.upstreams.of('api');
    await upstream.ready();
    const slots = new UpstreamSlots(1, 9, 9);
    const picked = (): string => {
      const pick = slots.pickFor(upstream)!;
      pick.release();
      return pick.instance.id;
    };
    const first = slots.hold(slots.pickFor(upstream)!);
    const other = picked();
    expect(other).not.toBe(first.instance.id);
    expect([picked(), picked(), picked()]).toEqual([other, other, other]);
    const second = slots.hold(slots.pickFor(upstream)!);
    expect(new Set([picked(), picked()]).size).toBe(2);
    first.release();
    expect([picked(), picked()]).toEqual([first.instance.id, first.instance.id]);
    second.release();
    discovery.close();
  });

  it('bounds the streams of each instance', () => {
    const slots = new UpstreamSlots(9, 1, 9);
    expect(['a', 'a', 'b'].map((id) => slots.hold(pickOf(id)).becomeStream())).toEqual([true, false, true]);
  });

  it('bounds streams and upgraded connections of all instances together, and no short request', () => {
    const slots = new UpstreamSlots(9, 9, 2);
    const held = slots.hold(pickOf('a'));
    slots.upgrades.take('b');
    expect(held.becomeStream()).toBe(true);
    expect([slots.streams.isTotalExhausted, slots.upgrades.isTotalExhausted]).toEqual([true, true]);
    const refused = slots.hold(pickOf('c'));
    expect(refused.becomeStream()).toBe(false);
    expect([slots.requests.isTotalExhausted, slots.requests.used('c')]).toEqual([false, 1]);
    held.release();
    held.release();
    expect(refused.becomeStream()).toBe(true);
    slots.upgrades.release('b');
    refused.release();
    expect(slots.streams.isTotalExhausted).toBe(false);
  });
});
