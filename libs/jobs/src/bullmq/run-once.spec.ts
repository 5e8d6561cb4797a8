import { describe, expect, it } from '@jest/globals';
import { replyError } from '@nestfleet/redis';
import { silentLog } from '../log.ts';
import { HeldAttempt } from './held-attempt.ts';
import { Refusals } from './refusals.ts';
import { onceOf } from './run-once.ts';
import type { EffectReply } from './worker-scripts.ts';

const lease = { bullId: 'j-1', token: 't', starts: 1, attemptsEnded: 0 };

function attemptWith(replies: (EffectReply | Error)[], { held = false } = {}) {
  const attempt = new HeldAttempt<unknown>(lease, 'q');
  const refusals = new Refusals(silentLog, () => -1);
  let rechecks = 0;
  const once = onceOf({
    attempt,
    refusals,
    scripts: {
      applyEffect: async () => {
        const reply = replies.shift();
        if (reply === undefined) return new Promise<EffectReply>(() => undefined);
        if (reply instanceof Error) throw reply;
        return reply;
      },
    },
    recheck: async () => {
      rechecks += 1;
      return held;
    },
  });
  return { attempt, refusals, once, left: replies, rechecks: () => rechecks };
}

const count = [{ incrBy: 'x' }] as const;
const done: EffectReply = { kind: 'done', numbers: [7] };
const lost: EffectReply = { kind: 'lost' };

describe('once', () => {
  it('answers what was recorded', async () => {
    await expect(attemptWith([done]).once('e', count)).resolves.toEqual([7]);
  });

  it('is asked again while Redis refuses it', async () => {
    const { once, left } = attemptWith([replyError('READONLY'), replyError('OOM'), done]);
    await expect(once('e', count)).resolves.toEqual([7]);
    expect(left).toEqual([]);
  });

  it('rejects an attempt that is over, and asks for nothing', async () => {
    const { attempt, once, left, rechecks } = attemptWith([done], { held: true });
    attempt.ended({ outcome: 'failed', log: silentLog });
    await expect(once('e', count)).rejects.toMatchObject({ code: 'lock_lost' });
    expect([left, rechecks()]).toEqual([[done], 0]);
  });

  it('rejects an attempt that has lost its job', async () => {
    const { once, rechecks } = attemptWith([lost]);
    await expect(once('e', count)).rejects.toMatchObject({ code: 'lock_lost' });
    expect(rechecks()).toBe(1);
  });

  it('is done by an attempt whose lock had expired and was taken again', async () => {
    await expect(attemptWith([lost, done], { held: true }).once('e', count)).resolves.toEqual([7]);
  });

  it('rejects what the script refuses, and what is no effect', async () => {
    const { once, left } = attemptWith([{ kind: 'refused', why: 'a key holds a list' }, done]);
    await expect(once('e', count)).rejects.toMatchObject({ code: 'invalid_effect' });
    await expect(once('e', [])).rejects.toMatchObject({ code: 'invalid_effect' });
    expect(left).toHaveLength(1);
  });

  it('asks nothing once the job was taken away, and gives no lock back that it had', async () => {
    const { attempt, once, left, rechecks } = attemptWith([lost], { held: true });
    const answer = once('e', count);
    attempt.stop('worker_shutdown');
    await expect(answer).rejects.toMatchObject({ code: 'worker_shutdown' });
    await expect(once('e', count)).rejects.toMatchObject({ code: 'worker_shutdown' });
    expect(left).toEqual([]);
    expect(rechecks()).toBe(0);
  });

  it('does not outlast its job while no answer comes', async () => {
    const { attempt, once } = attemptWith([]);
    const answer = once('e', count);
    attempt.stop('lock_lost');
    await expect(answer).rejects.toMatchObject({ code: 'lock_lost' });
  });

  it('is unknown where Redis refused it until the consumer closed', async () => {
    const { refusals, once } = attemptWith([new Error('READONLY')]);
    refusals.close();
    await expect(once('e', count)).rejects.toMatchObject({ code: 'jobs_outcome_unknown' });
  });
});
