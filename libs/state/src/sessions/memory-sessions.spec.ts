import { describe, expect, it } from '@jest/globals';
import { memorySessions } from './memory-sessions.ts';

const random = (bytes: number): Buffer => Buffer.alloc(bytes, 7);

describe('memorySessions', () => {
  it('opens no session under an id that is taken, by a live one or a tombstone', async () => {
    let nowMs = 0;
    const sessions = memorySessions({ ttlMs: 100, maxMs: 1_000, nowMs: () => nowMs, random });
    const { id } = await sessions.open({ mine: true });
    await expect(sessions.open()).rejects.toMatchObject({ code: 'state_unavailable' });
    expect((await sessions.find(id))?.data).toEqual({ mine: true });
    await sessions.end(id);
    await expect(sessions.open()).rejects.toMatchObject({ code: 'state_unavailable' });
    nowMs += 100;
    expect((await sessions.open()).id).toBe(id);
  });
});
