/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { emptyDraft, readDraft } from './job-draft.ts';
import { acknowledged, describeResult, mergeJob, mergeList } from './job-list.ts';

const jobOf = (id: string, state: 'waiting' | 'active' | 'completed') => ({ ...acknowledged(id, 'demo'), state });
const shown = (entries: readonly { job: { id: string; state: string } }[]): string[] =>
  entries.map(({ job }) => `${job.id} ${job.state}`);

describe('mergeJob', () => {
  const entries = [
    { job: jobOf('b', 'active'), askedAt: 5 },
    { job: jobOf('a', 'waiting'), askedAt: 2 },
  ];

  it('replaces an entry by its update and puts new jobs on top', () => {
    const merged = mergeJob(entries, { job: jobOf('a', 'active'), askedAt: 6 });

    expect(shown(mergeJob(merged, { job: jobOf('c', 'waiting'), askedAt: 7 }))).toEqual([
      'c waiting',
      'b active',
      'a active',
    ]);
  });

  it('drops an answer that was overtaken', () => {
    expect(shown(mergeJob(entries, { job: jobOf('b', 'waiting'), askedAt: 4 }))).toEqual(['b active', 'a waiting']);
  });
});

describe('mergeList', () => {
  it('takes the list, keeps newer states and what was enqueued meanwhile, forgets what is gone', () => {
    const entries = [
      { job: jobOf('new', 'waiting'), askedAt: 9 },
      { job: jobOf('b', 'completed'), askedAt: 8 },
      { job: jobOf('gone', 'completed'), askedAt: 2 },
      { job: jobOf('a', 'waiting'), askedAt: 1 },
    ];

    expect(shown(mergeList(entries, [jobOf('b', 'active'), jobOf('a', 'active')], 7))).toEqual([
      'new waiting',
      'b completed',
      'a active',
    ]);
  });
});

describe('describeResult', () => {
  it.each([
    ['demo', { job: 'x', value_key: 'demo:1', written: 'written by w' }, '“x” logged, demo:1 set'],
    ['primes', { below: 1_000_000, primes: 78_498, thread_id: 3 }, '78,498 primes below 1,000,000'],
    ['flaky', { attempts: 3 }, 'worked at attempt 3'],
    ['primes', { unknown: true }, '{"unknown":true}'],
    ['later-kind', 'text', '"text"'],
  ])('puts the result of %s %j in words', (name, result, words) => {
    expect(describeResult({ ...acknowledged('x.1', name), state: 'completed', result })).toBe(words);
  });
});

describe('readDraft', () => {
  it('makes the request of the chosen kind', () => {
    expect(readDraft({ ...emptyDraft(), text: 'hi' })).toEqual({ post: { name: 'demo', payload: { job: 'hi' } } });
    expect(readDraft({ ...emptyDraft(), kind: 'primes', below: 100 })).toEqual({
      post: { name: 'primes', payload: { below: 100 } },
    });
    expect(readDraft({ ...emptyDraft(), kind: 'flaky', failures: 0 })).toEqual({
      post: { name: 'flaky', payload: { failures: 0 } },
    });
  });

  it.each([
    ['an empty text', { text: '' }],
    ['an empty number', { kind: 'primes' as const, below: null }],
    ['too many failures', { kind: 'flaky' as const, failures: 5 }],
  ])('refuses %s with a sentence', (_name, change) => {
    expect(readDraft({ ...emptyDraft(), ...change })).toEqual({ fault: expect.stringMatching(/\w+/) });
  });
});
