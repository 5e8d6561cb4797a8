import { describe, expect, it } from '@jest/globals';
import { type ChangeSteps, changeSession } from './change-session.ts';
import { CHANGE_ATTEMPTS_MAX, type Session, type SessionData } from './sessions.ts';

const session = (version: number, data: SessionData): Session => ({
  id: 'i',
  publicId: 'p',
  originId: 'o',
  count: 3,
  createdAtMs: 1,
  ttlMs: 100,
  endsInMs: 200,
  version,
  data,
});

/** A store in which somebody else is faster so many times. */
function racedStore(races: number) {
  let version = 1;
  let lost = 0;
  const written: object[] = [];
  const steps: ChangeSteps = {
    read: async () => session(version, { at: version }),
    async write(expectedVersion, changes) {
      if (lost < races) {
        lost += 1;
        version += 1;
      }
      const stored = expectedVersion === version;
      if (stored) written.push(changes);
      return { stored, version: stored ? version + 1 : version, count: 4, ttlMs: 2_700, endsInMs: 9_000 };
    },
  };
  return { steps, written };
}

describe('changeSession', () => {
  it('edits the newer data again after a lost race', async () => {
    const { steps, written } = racedStore(2);
    const seen: SessionData[] = [];
    const changed = await changeSession(steps, (data) => {
      seen.push(data);
      return { ...data, ours: true };
    });
    expect(seen).toEqual([{ at: 1 }, { at: 2 }, { at: 3 }]);
    expect(changed).toEqual({ ...session(4, { at: 3, ours: true }), count: 4, ttlMs: 2_700, endsInMs: 9_000 });
    expect(written).toEqual([{ removed: [], set: [['ours', 'true']] }]);
  });

  it('gives up after 16 lost races', async () => {
    const { steps, written } = racedStore(Infinity);
    let edits = 0;
    const changed = changeSession(steps, (data) => {
      edits += 1;
      return data;
    });
    await expect(changed).rejects.toMatchObject({ code: 'version_conflict', status: 412 });
    expect(edits).toBe(CHANGE_ATTEMPTS_MAX);
    expect(written).toEqual([]);
  });

  it('does not try again for an expected version', async () => {
    const { steps } = racedStore(1);
    await expect(changeSession(steps, (data) => data, { ifVersion: 1 })).rejects.toMatchObject({
      code: 'version_conflict',
      message: 'the session is at version 2, which is not what was asked for',
    });
  });

  it('is undefined when the session goes between reading and writing', async () => {
    const { steps } = racedStore(0);
    const gone = { ...steps, write: async () => undefined };
    await expect(changeSession(gone, (data) => data)).resolves.toBeUndefined();
  });
});
