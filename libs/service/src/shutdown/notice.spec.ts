import { describe, expect, it } from '@jest/globals';
import { LeavingEvidence, type NoticeFacts } from './evidence.ts';
import { noticeOf, noticeVerdict } from './notice.ts';

const shown: NoticeFacts = { elapsedMs: 1_900, sinceToldMs: 1_800, doorAsked: true, quietMs: 1_900 };

describe('noticeVerdict', () => {
  it.each([
    ['no door', ['none'] as const, 0, { elapsedMs: 0, quietMs: 0 }, 'time'],
    ['its full time, whatever is known', ['haproxy'] as const, 3_000, { elapsedMs: 3_000, quietMs: 0 }, 'time'],
    ['a door that checks has seen the 404 and is quiet', ['haproxy'] as const, 3_000, {}, 'evidence'],
    ['a gateway that watches, quiet', ['gateway'] as const, 1_000, { elapsedMs: 600, sinceToldMs: 580 }, 'evidence'],
    ['a gateway needs no check', ['gateway'] as const, 1_000, { elapsedMs: 600, doorAsked: false }, 'evidence'],
  ])('is over: %s', (_name, doors, noticeMs, facts, why) => {
    expect(noticeVerdict(doors, noticeMs, { ...shown, ...facts })).toEqual({ over: true, why });
  });

  it.each([
    ['no check of a door was answered', ['haproxy'] as const, { doorAsked: false }, 100],
    ['another HAProxy may not have asked yet', ['haproxy'] as const, { elapsedMs: 1_799 }, 100],
    ['requests still come', ['haproxy'] as const, { quietMs: 499 }, 100],
    ['the catalog has not taken it', ['gateway'] as const, { sinceToldMs: undefined }, 100],
    ['the catalog has taken it just now', ['gateway'] as const, { sinceToldMs: 249 }, 100],
    ['one of two doors does not know', ['haproxy', 'gateway'] as const, { sinceToldMs: undefined }, 100],
    ['the other one does not', ['gateway', 'traefik'] as const, { doorAsked: false }, 100],
    ['and never waits beyond the end', ['haproxy'] as const, { elapsedMs: 2_970, doorAsked: false }, 30],
  ])('goes on: %s', (_name, doors, facts, waitMs) => {
    expect(noticeVerdict(doors, 3_000, { ...shown, ...facts })).toEqual({ over: false, waitMs });
  });
});

describe('the evidence', () => {
  const at = { ms: 5_000 };
  const fresh = (): LeavingEvidence => {
    at.ms = 5_000;
    return new LeavingEvidence(() => at.ms);
  };

  it('counts from the 404 on', () => {
    const evidence = fresh();
    // A check that was answered before says nothing: it was a 200.
    evidence.probe('HAProxy');
    evidence.begin();
    at.ms += 700;
    expect(evidence.facts()).toEqual({ elapsedMs: 700, sinceToldMs: undefined, doorAsked: false, quietMs: 700 });
    evidence.told();
    evidence.request();
    evidence.probe(undefined);
    at.ms += 300;
    expect(evidence.facts()).toEqual({ elapsedMs: 1_000, sinceToldMs: 300, doorAsked: true, quietMs: 300 });
  });

  it("does not take Consul's check for a door's", () => {
    const evidence = fresh();
    evidence.begin();
    evidence.probe('Consul Health Check');
    expect(evidence.facts().doorAsked).toBe(false);
  });

  it('shortens no notice that was set by hand', () => {
    const evidence = fresh();
    evidence.begin();
    evidence.told();
    evidence.probe('HAProxy');
    const verdict = (set: number | undefined) =>
      noticeOf({ BALANCER: ['gateway', 'haproxy'], LEAVING_NOTICE_MS: set }, { noticeMs: 17_000 }, evidence)();
    at.ms += 16_990;
    expect(verdict(17_000)).toEqual({ over: false, waitMs: 10 });
    expect(verdict(undefined)).toEqual({ over: true, why: 'evidence' });
  });
});
