import { describe, expect, it } from '@jest/globals';
import type { Health, Instance } from '../instance.ts';
import { benchInstance } from '../testing/catalog-conformance.ts';
import { createMembership } from './membership.ts';

const instance = (n: number, health: Health = 'passing'): Instance => ({ ...benchInstance(n, health), service: 'api' });
const asOfMs = 1;

describe('createMembership', () => {
  it('offers passing members only, sorted by id, without the excluded', () => {
    const membership = createMembership();
    membership.apply({
      instances: [instance(3), instance(2, 'critical'), instance(4, 'maintenance'), instance(1)],
      asOfMs,
    });
    expect(membership.passing().map((member) => member.instance.address)).toEqual(['127.0.0.1', '127.0.0.3']);
    const exclude = new Set([instance(1).id]);
    expect(membership.passing(exclude).map((member) => member.instance.address)).toEqual(['127.0.0.3']);
  });

  it('keeps what is known about an instance while its entry and the set around it change', () => {
    const membership = createMembership();
    membership.apply({ instances: [instance(1)], asOfMs });
    const [member] = membership.passing();
    if (member) member.inFlight = 7;
    membership.apply({ instances: [instance(1, 'critical'), instance(2)], asOfMs });
    membership.apply({ instances: [{ ...instance(1), weight: 9 }], asOfMs });
    expect(membership.passing()).toMatchObject([{ inFlight: 7, instance: { weight: 9 } }]);
  });

  it('begins anew with an instance that was gone', () => {
    const membership = createMembership();
    membership.apply({ instances: [instance(1)], asOfMs });
    const [member] = membership.passing();
    if (member) member.inFlight = 7;
    membership.apply({ instances: [], asOfMs });
    membership.apply({ instances: [instance(1)], asOfMs });
    expect(membership.passing()).toMatchObject([{ inFlight: 0 }]);
  });
});
