import { describe, expect, it } from '@jest/globals';
import type { LogEvent } from '../driver/fleet-driver.ts';
import { completedShutdown } from './shutdown.ts';

const logged = (by: string, event: string, fields: object = {}): LogEvent => ({
  by,
  event,
  atMs: 0,
  fields: { ...fields },
});
const completed = (by: string, cut: number): LogEvent => logged(by, 'shutdown.completed', { cut });

describe('the shutdown of a replica', () => {
  it('is complete when it says so once, and that nothing was cut', () => {
    expect(completedShutdown([logged('a', 'shutdown.started'), completed('a', 0), completed('b', 3)], 'a').holds).toBe(
      true,
    );
  });

  it.each([
    ['it was killed at the end of its grace period', [logged('a', 'shutdown.started'), completed('b', 0)]],
    ['it cut something', [completed('a', 1)]],
    ['nothing is known of it', []],
  ])('is not where %s', (_what, events) => expect(completedShutdown(events, 'a').holds).toBe(false));
});
