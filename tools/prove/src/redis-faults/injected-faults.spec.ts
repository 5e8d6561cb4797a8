import { expect, it } from '@jest/globals';
import { REDIS_FAULTS } from '@nestfleet/redis';
import { injectedFaults, notInjected } from './injected-faults.ts';

it('each fault of the table is injected, or there is a reason why not', () => {
  const rows = REDIS_FAULTS.filter(({ code }) => code !== 'answer').map(({ name }) => name);
  const named = [...injectedFaults.map(({ row }) => row), ...Object.keys(notInjected)];
  expect(named.toSorted()).toEqual(rows.toSorted());
});
