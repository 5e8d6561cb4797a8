/** @jest-environment node */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ManualClock, manualClock } from '../../test/manual-clock.ts';
import { type DemoBackend, createDemoBackend } from '../backends/demo.ts';
import { type Values, createValues, findValueFault } from './values.ts';

let clock: ManualClock;
let backend: DemoBackend;
let values: Values;

beforeEach(() => {
  clock = manualClock();
  backend = createDemoBackend(clock);
  values = createValues(backend);
});

async function ended(work: Promise<void>): Promise<void> {
  await clock.advance(30);
  await work;
}

describe('values', () => {
  it('says which replica served the write and which the read', async () => {
    await ended(values.put('color', 'blue'));
    await ended(values.get('color'));

    expect(values.view.written).toMatchObject({ value: 'blue', servedBy: expect.stringMatching(/^api-/) });
    expect(values.view.read).toMatchObject({ value: 'blue', servedBy: expect.stringMatching(/^api-/) });
    expect(values.view.read?.version).toBe(values.view.written?.version);
    expect(values.view.read?.servedBy).not.toBe(values.view.written?.servedBy);
  });

  it('shows a version that grows with each write', async () => {
    await ended(values.put('color', 'blue'));
    const first = values.view.written?.version ?? Infinity;
    await ended(values.put('color', 'blue'));

    expect(values.view.written?.version).toBeGreaterThan(first);
  });

  it('shows a missing value as not set, which is no problem', async () => {
    await ended(values.get('nothing'));

    expect(values.view.read).toEqual({ key: 'nothing', value: null, version: null, servedBy: null });
    expect(values.view.problem).toBeNull();
  });

  it('keeps what was read when Redis becomes unavailable, and names the problem', async () => {
    await ended(values.put('color', 'blue'));
    backend.setRedisDown(true);
    await ended(values.get('color'));

    expect(values.view.written?.value).toBe('blue');
    expect(values.view.problem?.problem.code).toBe('redis_unavailable');
    expect(values.view.busy).toBe(false);
  });

  it('does not show the write of one key beside the read of another', async () => {
    await ended(values.put('color', 'blue'));
    await ended(values.get('size'));

    expect(values.view.written).toBeNull();
  });

  it('sends nothing for a key that the contract refuses', async () => {
    await ended(values.put('a b', 'x'));

    expect(values.view.fault).toContain('Key:');
    expect(values.view.written).toBeNull();
  });
});

describe('findValueFault', () => {
  it.each([
    ['', 'x', /^Key:/],
    ['..', 'x', /^Key:/],
    ['k', 'x'.repeat(65_537), /^Value:/],
  ])('refuses key %j', (key, value, fault) => {
    expect(findValueFault(key, value)).toMatch(fault);
  });

  it('takes what the fleet takes', () => {
    expect(findValueFault('a.b_c~d:e@f-1', '')).toBeNull();
  });
});
