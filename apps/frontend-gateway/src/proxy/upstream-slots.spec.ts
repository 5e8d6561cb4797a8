import { describe, expect, it } from '@jest/globals';
import type { Pick } from '@nestfleet/discovery';
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
