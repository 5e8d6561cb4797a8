import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { silentLog } from '../log.ts';
import { HeldAttempt } from './held-attempt.ts';
import { LockRenewal } from './lock-renewal.ts';
import { Refusals } from './refusals.ts';
import { RunningJobs } from './running-jobs.ts';
import type { Regained } from './worker-scripts.ts';

const WITHIN_MS = 5_000;
const RENEWAL_MS = 5;
const refusal = Object.assign(new Error('READONLY'), { name: 'ReplyError' });

describe('LockRenewal', () => {
  let running: RunningJobs<HeldAttempt<unknown>>;
  let attempt: HeldAttempt<unknown>;
  let extended: string[][];
  let regained: string[];
  let answer: Regained;
  let extend: (bullIds: string[]) => Promise<string[]>;
  let renewal: LockRenewal<HeldAttempt<unknown>>;

  beforeEach(() => {
    running = new RunningJobs();
    attempt = new HeldAttempt({ bullId: 'j-a', token: 't', starts: 1, attemptsEnded: 0 }, 'q');
    running.add(attempt);
    [extended, regained, answer] = [[], [], 'held'];
    extend = async (bullIds) => {
      extended.push(bullIds);
      return bullIds;
    };
    renewal = new LockRenewal({
      running,
      refusals: new Refusals(silentLog),
      renewalMs: RENEWAL_MS,
      extend: (bullIds) => extend(bullIds),
      scripts: {
        cancelRequests: async () => new Set(),
        regain: async ({ bullId }) => {
          regained.push(bullId);
          return answer;
        },
      },
    });
  });
  afterEach(() => renewal.stop());

  it('regains what seems to be lost', async () => {
    void renewal.run();
    await until(() => regained.length > 1, WITHIN_MS);
    expect(attempt.signal.aborted).toBe(false);
  });

  it('stops what another worker has', async () => {
    answer = 'taken';
    void renewal.run();
    await until(() => attempt.signal.aborted, WITHIN_MS);
    expect(attempt.signal.reason).toMatchObject({ code: 'lock_lost' });
  });

  it('stops what goes on though its job has ended, and nothing else that has', async () => {
    answer = 'settled';
    const go = Promise.withResolvers<void>();
    const ended = attempt.run(() => go.promise, 60_000);
    expect(await renewal.recheck(attempt)).toBe('taken');
    expect(attempt.signal.reason).toMatchObject({ code: 'lock_lost' });
    const over = new HeldAttempt<unknown>({ bullId: 'j-b', token: 't', starts: 1, attemptsEnded: 0 }, 'q');
    over.ended({ outcome: 'completed', log: silentLog });
    expect(await renewal.recheck(over)).toBe('settled');
    expect(over.signal.aborted).toBe(false);
    go.resolve();
    await ended;
  });

  it('leaves alone what was given up, also while the answer was under way', async () => {
    const asked = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    extend = async (bullIds) => {
      extended.push(bullIds);
      asked.resolve();
      await answered.promise;
      return bullIds;
    };
    void renewal.run();
    await asked.promise;
    attempt.giveUp();
    answered.resolve();
    const other = new HeldAttempt<unknown>({ bullId: 'j-b', token: 't', starts: 1, attemptsEnded: 0 }, 'q');
    running.add(other);
    await until(() => regained.includes('j-b'), WITHIN_MS);
    expect(regained).not.toContain('j-a');
    expect(extended.at(-1)).toEqual(['j-b']);
    expect(await renewal.recheck(attempt)).toBe('taken');
  });

  it('is no slower while Redis refuses: of the lock little is left then', async () => {
    let asked = 0;
    extend = async () => {
      asked += 1;
      throw refusal;
    };
    const startMs = performance.now();
    void renewal.run();
    await until(() => asked > 10, WITHIN_MS);
    // Back-offs of a second would have made it 10 s.
    expect(performance.now() - startMs).toBeLessThan(4_000);
  });
});
