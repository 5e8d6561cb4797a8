import { describe, expect, it } from '@jest/globals';
import { silentLog } from '../log.ts';
import { Cancelling } from './cancelling.ts';
import { HeldAttempt } from './held-attempt.ts';

const lease = { bullId: 'j-1', token: 't', starts: 1, attemptsEnded: 0 };

interface Redis {
  readonly requested?: boolean;
  readonly reply?: 'cancelled' | 'taken';
  readonly fault?: boolean;
}

function cancelling({ requested = false, reply = 'cancelled', fault = false }: Redis = {}) {
  const asked: string[] = [];
  const scripts = {
    cancelRequests: async (ids: readonly string[]) => {
      asked.push(...ids);
      if (fault) throw new Error('LOADING');
      return new Set(requested ? ids : []);
    },
    endCancelled: async () => reply,
  };
  const refusals = { untilTaken: <T>(_errand: string, write: () => Promise<T>) => write() };
  return { asked, it: new Cancelling({ scripts, refusals }) };
}

describe('Cancelling', () => {
  it('ends what its worker was told of, without asking again', async () => {
    const attempt = new HeldAttempt(lease, 'q');
    attempt.stop('cancelled');
    const { asked, it: cancels } = cancelling();
    await expect(cancels.end(attempt, silentLog)).resolves.toBe(true);
    expect(attempt.end?.outcome).toBe('cancelled');
    expect(asked).toEqual([]);
  });

  it('ends a job that its worker has not been told of', async () => {
    const attempt = new HeldAttempt(lease, 'q');
    await expect(cancelling({ requested: true }).it.end(attempt, silentLog)).resolves.toBe(true);
    expect(attempt.end?.outcome).toBe('cancelled');
  });

  it.each([{}, { fault: true }])('leaves all others alone (%j)', async (how) => {
    const attempt = new HeldAttempt(lease, 'q');
    attempt.stop('time_limit');
    await expect(cancelling(how).it.end(attempt, silentLog)).resolves.toBe(false);
    expect(attempt.end).toBeUndefined();
  });

  it('has lost a job that is another worker’s', async () => {
    const attempt = new HeldAttempt(lease, 'q');
    await expect(cancelling({ requested: true, reply: 'taken' }).it.end(attempt, silentLog)).resolves.toBe(true);
    expect(attempt.end?.outcome).toBe('lost');
  });
});
