import { describe, expect, it } from '@jest/globals';
import type { Connection, EventHistory } from '../load/event-client.ts';
import { hintedBy, endOnlyWithHint, withoutGap } from './streams.ts';

const connection = (end: Connection['end'], servedBy = 'api-1'): Connection => ({ servedBy, atMs: 0, end, reason: '' });
const client = (ids: number[], ...connections: Connection[]): EventHistory => ({ ids, connections });

describe('withoutGap', () => {
  it('holds from the first event on', () => expect(withoutGap([client([0, 1, 2]), client([0])]).holds).toBe(true));
  it.each([
    ['a gap', [0, 2], /event 2 came where 1 was due/],
    ['one that came twice', [0, 1, 1], /event 1 came where 2 was due/],
    ['one that began again', [0, 1, 0], /event 0 came where 2 was due/],
    ['a lost beginning', [1], /event 1 came where 0 was due/],
    ['nothing', [], /no event came/],
  ])('finds %s', (_name, ids, fault) => {
    const { holds, faults } = withoutGap([client([0]), client(ids)]);
    expect(holds).toBe(false);
    expect(faults.join()).toMatch(fault);
  });
  it('does not hold for nobody', () => expect(withoutGap([]).holds).toBe(false));
});

describe('endOnlyWithHint', () => {
  it('holds where each end was followed by another connection', () =>
    expect(endOnlyWithHint([client([], connection('hinted'), connection('open', 'api-2'))]).holds).toBe(true));
  it.each([
    ['a cut', [connection('cut'), connection('open')], /cut at api-1/],
    ['an end without a word', [connection('unhinted'), connection('open')], /unhinted at api-1/],
    ['one that did not come back', [connection('hinted')], /did not come back/],
  ])('finds %s', (_name, connections, fault) => {
    const { holds, faults } = endOnlyWithHint([client([], ...connections)]);
    expect(holds).toBe(false);
    expect(faults.join()).toMatch(fault);
  });
});

describe('hintedBy', () => {
  it('counts those of one replica', () =>
    expect(
      hintedBy([client([], connection('hinted'), connection('hinted', 'api-2'), connection('open'))], 'api-1'),
    ).toBe(1));
});
