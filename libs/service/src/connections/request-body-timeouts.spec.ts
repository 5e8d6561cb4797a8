import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { RequestBodyTimeouts } from './request-body-timeouts.ts';

interface FakeRequest {
  complete: boolean;
  destroyed: boolean;
  readableFlowing: boolean | null;
  readableLength: number;
  socket: { bytesRead: number };
}

/** A body that brings `bytesPerS`, looked at each second. */
function watched({ totalMs = 1e9 } = {}) {
  let nowMs = 0;
  const timeouts = new RequestBodyTimeouts({ graceMs: 10_000, minRate: 1_024, totalMs }, () => nowMs);
  const refusals: string[] = [];
  const request: FakeRequest = {
    complete: false,
    destroyed: false,
    readableFlowing: true,
    readableLength: 0,
    socket: { bytesRead: 200 },
  };
  timeouts.watch(request as unknown as IncomingMessage, (why) => refusals.push(why));
  const pass = (seconds: number, bytesPerS: number): void => {
    for (let second = 0; second < seconds; second += 1) {
      nowMs += 1_000;
      request.socket.bytesRead += bytesPerS;
      timeouts.look();
    }
  };
  const sleep = (ms: number): void => void (nowMs += ms);
  return { request, refusals, pass, sleep, timeouts };
}

describe('RequestBodyTimeouts', () => {
  it('leaves a body at the least rate alone, however long it takes', () => {
    const { refusals, pass } = watched();
    pass(600, 1_024);
    expect(refusals).toEqual([]);
  });

  it('refuses a slower one when its grace period is over, once', () => {
    const { refusals, pass } = watched();
    pass(9, 1_023);
    expect(refusals).toEqual([]);
    pass(20, 1_023);
    expect(refusals).toEqual(['The body came at less than 1024 bytes per second for 10000 ms']);
  });

  it('does not set what came before off against a silence', () => {
    const { refusals, pass } = watched();
    pass(10, 10_000_000);
    pass(10, 0);
    expect(refusals).toHaveLength(1);
  });

  it.each<[string, Partial<FakeRequest>]>([
    ['that nobody reads', { readableFlowing: false }],
    ['of which some waits to be read', { readableLength: 1 }],
  ])('does not count the time of a body %s', (_what, state) => {
    const { request, refusals, pass } = watched();
    Object.assign(request, state);
    pass(100, 0);
    expect(refusals).toEqual([]);
  });

  it('takes a stall of its own process for two looks at most', () => {
    const { refusals, pass, sleep, timeouts } = watched();
    pass(7, 0);
    sleep(60_000);
    timeouts.look();
    expect(refusals).toEqual([]);
  });

  it('bounds the whole time of a body', () => {
    const { refusals, pass } = watched({ totalMs: 30_000 });
    pass(40, 1_000_000);
    expect(refusals).toEqual(['The body did not end within 30000 ms']);
  });

  it.each<[string, (watch: ReturnType<typeof watched>) => void]>([
    ['ended', ({ request }) => void (request.complete = true)],
    ['whose connection has gone', ({ request }) => void (request.destroyed = true)],
    ['whose answer has ended', ({ request, timeouts }) => timeouts.forget(request as unknown as IncomingMessage)],
  ])('forgets a body %s', (_what, end) => {
    const watch = watched();
    end(watch);
    watch.pass(100, 0);
    expect(watch.refusals).toEqual([]);
  });
});
