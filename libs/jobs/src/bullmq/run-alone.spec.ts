import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '../log.ts';
import type { AttemptEnd } from './attempt.ts';
import { HeldAttempt } from './held-attempt.ts';
import { Refusals } from './refusals.ts';
import { type AloneParts, runAlone } from './run-alone.ts';
import { Solo } from './solo.ts';

const refusal = Object.assign(new Error('READONLY'), { name: 'ReplyError' });
const end: AttemptEnd = { outcome: 'completed', log: silentLog };

class Released extends Error {}
class PutOff extends Error {}

describe('runAlone', () => {
  let solo: Solo;
  let attempt: HeldAttempt<string>;
  let calls: string[];
  let parts: AloneParts<string>;

  beforeEach(() => {
    solo = new Solo();
    attempt = new HeldAttempt({ bullId: 'j-x', token: 't', starts: 2, attemptsEnded: 0 }, 'q');
    solo.enter(attempt);
    calls = [];
    parts = {
      attempt,
      solo,
      times: { withinMs: 1, allWithinMs: 1, begunWithinMs: 60_000, putBackRestMs: 60_000 },
      scripts: {
        beginAlone: async () => {
          calls.push('begin');
          return 'run';
        },
        countPutOff: async () => {
          calls.push('count');
          return 'stay';
        },
        endAlone: async (_lease, how) => void calls.push(how),
      },
      refusals: new Refusals(silentLog),
      deathsMax: 3,
      log: silentLog,
      mayStart: () => true,
      signal: new AbortController().signal,
      release: () => Promise.reject(new Released()),
      putOff: () => Promise.reject(new PutOff()),
      run: async () => {
        calls.push('run');
        attempt.ended(end);
        return 'done';
      },
      onEnd: (found) => {
        attempt.ended(found);
        solo.leave(attempt);
      },
    };
  });

  it('runs it with nothing beside it, and takes its start back once it has ended', async () => {
    await expect(runAlone(parts)).resolves.toBe('done');
    expect(calls).toEqual(['begin', 'run', 'ended']);
    expect(solo.held).toBe(false);
  });

  it('takes its start back as often as Redis refuses that', async () => {
    let refused = 0;
    const endAlone: AloneParts<string>['scripts']['endAlone'] = async (_lease, how) => {
      refused += 1;
      if (refused === 1) throw refusal;
      calls.push(how);
    };
    await runAlone({ ...parts, scripts: { ...parts.scripts, endAlone } });
    expect(calls).toEqual(['begin', 'run', 'ended']);
  });

  it('lets others run once its start is taken back, not before', async () => {
    const [asked, taken] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const endAlone: AloneParts<string>['scripts']['endAlone'] = () => {
      asked.resolve();
      return taken.promise;
    };
    const ended = runAlone({ ...parts, scripts: { ...parts.scripts, endAlone } });
    await asked.promise;
    expect(solo.held).toBe(true);
    taken.resolve();
    await ended;
    expect(solo.held).toBe(false);
  });

  it('keeps nobody from jobs while Redis does not take its start back', async () => {
    const taken = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    const leave = solo.leave.bind(solo);
    solo.leave = (...args) => {
      leave(...args);
      left.resolve();
    };
    const ended = runAlone({
      ...parts,
      times: { ...parts.times, begunWithinMs: 50 },
      scripts: { ...parts.scripts, endAlone: () => taken.promise },
    });
    await left.promise;
    expect([calls, solo.held]).toEqual([['begin', 'run'], false]);
    taken.resolve();
    await expect(ended).resolves.toBe('done');
  });

  it('goes back for another worker where others do not end, and no start is counted', async () => {
    solo.enter({ queue: 'other' });
    parts = { ...parts, scripts: { ...parts.scripts, countPutOff: async () => 'put-off' } };
    await expect(runAlone(parts)).rejects.toBeInstanceOf(Released);
    expect(calls).toEqual([]);
    // Or it would be taken here again, at once.
    expect([solo.isClosed('q'), solo.isClosed('other')]).toEqual([true, false]);
  });

  it('waits as long as the others take once it went back as often as is allowed', async () => {
    const [other, counted] = [{ queue: 'other' }, Promise.withResolvers<void>()];
    solo.enter(other);
    const countPutOff: AloneParts<string>['scripts']['countPutOff'] = async () => {
      counted.resolve();
      return 'stay';
    };
    const ended = runAlone({ ...parts, scripts: { ...parts.scripts, countPutOff } });
    await counted.promise;
    // Longer than it waits before it asks.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([calls, solo.isClosed('q')]).toEqual([[], true]);
    solo.leave(other);
    await expect(ended).resolves.toBe('done');
    expect(calls).toEqual(['begin', 'run', 'ended']);
  });

  it('keeps nobody from jobs while Redis does not say whether it may stay, and is released then', async () => {
    const said = Promise.withResolvers<'stay'>();
    const left = Promise.withResolvers<void>();
    const leave = solo.leave.bind(solo);
    solo.leave = (each) => {
      leave(each);
      left.resolve();
    };
    solo.enter({ queue: 'other' });
    const ended = runAlone({
      ...parts,
      times: { ...parts.times, begunWithinMs: 1 },
      scripts: { ...parts.scripts, countPutOff: () => said.promise },
    });
    await left.promise;
    expect(solo.held).toBe(false);
    said.resolve('stay');
    await expect(ended).rejects.toBeInstanceOf(Released);
  });

  it('is released at once when its consumer pauses', async () => {
    const pausing = new AbortController();
    solo.enter({ queue: 'other' });
    const ended = runAlone({ ...parts, times: { ...parts.times, withinMs: 60_000 }, signal: pausing.signal });
    pausing.abort();
    await expect(ended).rejects.toBeInstanceOf(Released);
    expect([calls, solo.held]).toEqual([[], false]);
  });

  it('is put off where a handler goes on whose attempt is over', async () => {
    const deaf = { queue: 'other' };
    solo.enter(deaf);
    solo.leave(deaf, new Promise(() => {}));
    await expect(runAlone(parts)).rejects.toBeInstanceOf(PutOff);
    expect([calls, solo.held]).toEqual([[], false]);
  });

  it('keeps nobody from jobs while Redis does not note its start, and is released then', async () => {
    const noted = Promise.withResolvers<'run'>();
    const left = Promise.withResolvers<void>();
    const leave = solo.leave.bind(solo);
    solo.leave = (each) => {
      leave(each);
      left.resolve();
    };
    const ended = runAlone({
      ...parts,
      times: { ...parts.times, begunWithinMs: 1 },
      scripts: { ...parts.scripts, beginAlone: () => noted.promise },
    });
    await left.promise;
    expect(solo.held).toBe(false);
    noted.resolve('run');
    await expect(ended).rejects.toBeInstanceOf(Released);
    expect(calls).toEqual(['released']);
  });

  it('gives a start back as released when its handler did not end', async () => {
    const run: AloneParts<string>['run'] = async (over) => {
      await over('released');
      attempt.ended({ outcome: 'released', log: silentLog });
      throw new Released();
    };
    await expect(runAlone({ ...parts, run })).rejects.toBeInstanceOf(Released);
    expect(calls).toEqual(['begin', 'released']);
  });

  it('makes a dead letter of what too many workers died with, without running it', async () => {
    parts = { ...parts, scripts: { ...parts.scripts, beginAlone: async () => 'dead' } };
    await expect(runAlone(parts)).rejects.toThrow(/3 workers died/);
    expect(attempt.end?.outcome).toBe('dead_letter');
    expect([calls, solo.held]).toEqual([[], false]);
  });
});
