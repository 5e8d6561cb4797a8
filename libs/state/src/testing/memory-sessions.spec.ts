import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { memorySessions } from './memory-sessions.ts';

const random = (bytes: number): Buffer => Buffer.alloc(bytes, 7);

describe('memorySessions', () => {
  it('leads from an old id to the new one for a minute', async () => {
    let nowMs = 0;
    const sessions = memorySessions({ ttlMs: 600_000, maxMs: 600_000, nowMs: () => nowMs, random: randomBytes });
    const { id } = await sessions.open();
    const moved = await sessions.rotate(id, { idempotencyToken: 'token' });
    nowMs += 59_999;
    expect((await sessions.rotate(id, { idempotencyToken: 'token' }))?.id).toBe(moved?.id);
    nowMs += 1;
    expect(await sessions.rotate(id, { idempotencyToken: 'token' })).toBeUndefined();
  });

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
