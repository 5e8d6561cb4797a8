import { beforeEach, describe, expect, it } from '@jest/globals';
import { AdmissionQueue, type AdmissionQueueOptions, type QueuedRequest } from './admission-queue.ts';

let nowMs = 0;
let draining = false;
let turnsAsked = 0;
/** What happened, in order: names of those that ran, and refusals with their reason. */
let events: string[] = [];

function queueOf(changes: Partial<AdmissionQueueOptions> = {}): AdmissionQueue {
  return new AdmissionQueue({
    concurrencyMax: 2,
    queueMax: 3,
    targetMs: 20,
    intervalMs: 100,
    deadlineMs: 1_000,
    turnMs: Infinity,
    onNextTurn: () => void (turnsAsked += 1),
    nowMs: () => nowMs,
    isDraining: () => draining,
    drainMs: 10_000,
    ...changes,
  });
}

const request = (name: string, endMs = Infinity, isHalfClosed = false): QueuedRequest => ({
  endMs,
  isHalfClosed,
  run: () => void events.push(name),
  refuse: (reason) => void events.push(`${name}: ${reason}`),
});

/** Lets them enter one after the other, at one instant. */
const enter = (queue: AdmissionQueue, ...names: string[]): void => names.forEach((name) => queue.enter(request(name)));

/** @returns what has happened since it was last asked */
const happened = (): string[] => events.splice(0);

beforeEach(() => {
  nowMs = 0;
  draining = false;
  turnsAsked = 0;
  events = [];
});

/** Two run, and `old` has waited until the queue shows an overload: it is refused. */
function overloadedQueue(): AdmissionQueue {
  const queue = queueOf();
  enter(queue, 'a', 'b', 'old');
  nowMs = 1_000;
  queue.expire();
  expect(happened()).toEqual(['a', 'b', 'old: queue_timeout']);
  expect(queue.isOverloaded).toBe(true);
  return queue;
}

describe('AdmissionQueue', () => {
  it('runs what there is room for, and the others in the order in which they came', () => {
    const queue = queueOf();
    enter(queue, 'a', 'b', 'c', 'd');
    expect([happened(), queue.inFlight, queue.depth]).toEqual([['a', 'b'], 2, 2]);
    queue.leave();
    queue.leave();
    expect([happened(), queue.inFlight, queue.depth]).toEqual([['c', 'd'], 2, 0]);
    queue.leave();
    queue.leave();
    expect([queue.inFlight, queue.depth]).toEqual([0, 0]);
  });

  it('begins no more in a turn of the event loop than its time allows; who is left waits for the next turns', () => {
    const queue = queueOf({ concurrencyMax: 10, turnMs: 10 });
    enter(queue, 'a');
    nowMs = 9;
    enter(queue, 'b');
    nowMs = 10;
    enter(queue, 'c', 'd', 'e');
    expect([happened(), queue.depth, turnsAsked]).toEqual([['a', 'b'], 3, 1]);
    queue.leave();
    expect(happened()).toEqual([]);
    for (const name of ['c', 'd', 'e']) {
      queue.turn();
      expect(happened()).toEqual([name]);
    }
    expect([queue.depth, turnsAsked]).toEqual([0, 4]);
    queue.turn();
    enter(queue, 'f');
    expect(happened()).toEqual(['f']);
  });

  it('rests where those that waited for a turn have gone, and keeps no pace of before', () => {
    const queue = queueOf({ concurrencyMax: 10, turnMs: 10 });
    enter(queue, 'a');
    nowMs = 10;
    const gone = request('gone');
    queue.enter(gone);
    queue.leave();
    queue.remove(gone);
    queue.turn();
    nowMs = 600_000;
    queue.enter(request('b'));
    nowMs += 10;
    queue.enter(request('c', nowMs + 50));
    expect(queue.isOverloaded).toBe(false);
    queue.leave();
    queue.enter(request('d', nowMs + 50));
    expect([happened(), queue.depth]).toEqual([['a', 'b'], 2]);
  });

  it('lets nobody who comes in a new turn pass those that wait', () => {
    const queue = queueOf({ concurrencyMax: 10, turnMs: 0 });
    enter(queue, 'a', 'b');
    queue.turn();
    expect(happened()).toEqual([]);
  });

  it('refuses who comes to a full queue', () => {
    const queue = queueOf();
    enter(queue, 'a', 'b', 'c', 'd', 'e', 'f');
    expect(happened()).toEqual(['a', 'b', 'f: queue_full']);
  });

  it('serves the newest first once the queue has stood for an interval, and then refuses the oldest of a full one', () => {
    const queue = queueOf();
    enter(queue, 'a', 'b', 'c', 'd', 'e');
    nowMs = 100;
    enter(queue, 'f');
    expect(happened()).toEqual(['a', 'b', 'c: queue_full']);
    queue.leave();
    queue.leave();
    expect(happened()).toEqual(['f', 'e']);
  });

  it('goes back to the order of arrival after a moment in which nobody waited', () => {
    const queue = queueOf();
    enter(queue, 'a', 'b', 'c');
    nowMs = 99;
    queue.leave();
    nowMs = 100;
    enter(queue, 'd', 'e');
    nowMs = 199;
    queue.leave();
    expect(happened()).toEqual(['a', 'b', 'c', 'd']);
    nowMs = 200;
    enter(queue, 'f');
    queue.leave();
    expect(happened()).toEqual(['f']);
  });

  it('lets a burst wait until its deadline', () => {
    const queue = queueOf({ queueMax: 1_000 });
    enter(queue, 'a', 'b', 'c');
    nowMs = 999;
    queue.expire();
    expect(happened()).toEqual(['a', 'b']);
    queue.leave();
    expect(happened()).toEqual(['c']);
  });

  it('lets nobody wait longer than the target once the queue has stood for a deadline', () => {
    const queue = overloadedQueue();
    enter(queue, 'c');
    nowMs = 1_019;
    enter(queue, 'd');
    queue.expire();
    expect(happened()).toEqual([]);
    nowMs = 1_020;
    queue.expire();
    expect(happened()).toEqual(['c: queue_timeout']);
    queue.leave();
    expect(happened()).toEqual(['d']);
  });

  it('is overloaded until nobody has waited for an interval', () => {
    const queue = overloadedQueue();
    enter(queue, 'c');
    queue.leave();
    nowMs = 1_099;
    enter(queue, 'd');
    expect(queue.isOverloaded).toBe(true);
    queue.leave();
    nowMs = 1_199;
    enter(queue, 'e');
    expect(queue.isOverloaded).toBe(false);
    nowMs = 1_298;
    queue.expire();
    expect(happened()).toEqual(['c', 'd']);
  });

  it('is overloaded again as soon as the queue stands, where the last overload ended shortly before', () => {
    const queue = overloadedQueue();
    enter(queue, 'c');
    queue.leave();
    nowMs = 1_100;
    enter(queue, 'd');
    expect(queue.isOverloaded).toBe(false);
    nowMs = 1_199;
    queue.expire();
    expect(happened()).toEqual(['c']);
    nowMs = 1_200;
    queue.expire();
    expect([happened(), queue.isOverloaded]).toEqual([['d: queue_timeout'], true]);
    enter(queue, 'e');
    queue.leave();
    nowMs = 1_300;
    enter(queue, 'f');
    queue.leave();
    nowMs = 11_300;
    enter(queue, 'g');
    nowMs = 12_299;
    queue.expire();
    expect(happened()).toEqual(['e', 'f']);
  });

  it('does not take a queue that it refused away for one that was served', () => {
    const queue = overloadedQueue();
    nowMs = 5_000;
    enter(queue, 'c');
    expect(queue.isOverloaded).toBe(true);
  });

  it('runs nothing for a client that has gone', () => {
    const queue = queueOf();
    const gone = request('gone');
    enter(queue, 'a', 'b');
    queue.enter(gone);
    enter(queue, 'c');
    expect([queue.remove(gone), queue.remove(gone), queue.depth]).toEqual([true, false, 1]);
    queue.leave();
    expect(happened()).toEqual(['a', 'b', 'c']);
  });

  it('takes a client that has ended its side for gone once the queue has stood for an interval, and not before', () => {
    const queue = queueOf();
    enter(queue, 'a', 'b');
    queue.enter(request('c', Infinity, true));
    queue.enter(request('d', Infinity, true));
    enter(queue, 'e');
    queue.expire();
    queue.leave();
    expect(happened()).toEqual(['a', 'b', 'c']);
    nowMs = 100;
    queue.expire();
    expect(happened()).toEqual(['d: client_gone']);
    queue.enter(request('f', Infinity, true));
    queue.leave();
    expect(happened()).toEqual(['f: client_gone', 'e']);
  });

  it('refuses at once who would wait beyond its own deadline, by the pace of late', () => {
    const queue = queueOf({ queueMax: 1_000, deadlineMs: 10_000, intervalMs: 10_000 });
    enter(queue, ...Array.from({ length: 68 }, (_, n) => String(n)));
    for (let n = 1; n <= 64; n += 1) {
      nowMs = n * 10;
      queue.leave();
    }
    expect(happened()).toHaveLength(66);
    // Two wait, and a place is free about every 10 ms.
    queue.enter(request('short', nowMs + 29));
    queue.enter(request('long', nowMs + 40));
    expect(happened()).toEqual(['short: deadline']);
    expect(queue.depth).toBe(3);
    nowMs += 40;
    queue.expire();
    expect(happened()).toEqual(['long: deadline']);
  });

  it('does not take a stall of the process for the pace', () => {
    const queue = queueOf({ deadlineMs: 10_000, intervalMs: 10_000 });
    enter(queue, 'a', 'b', 'c', 'd', 'e');
    queue.leave();
    nowMs = 500;
    queue.leave();
    queue.enter(request('f', nowMs + 100));
    expect(happened()).toEqual(['a', 'b', 'c', 'd']);
    expect(queue.depth).toBe(2);
  });

  it('forgets the pace with the queue', () => {
    const queue = queueOf();
    enter(queue, 'a', 'b', 'c', 'd');
    for (const atMs of [50, 100]) {
      nowMs = atMs;
      queue.leave();
    }
    queue.enter(request('e', 101));
    expect(happened()).toEqual(['a', 'b', 'c', 'd']);
    expect(queue.depth).toBe(1);
  });

  it('refuses nothing in a graceful shutdown that is served before its end, in the order of arrival', () => {
    const queue = overloadedQueue();
    draining = true;
    enter(queue, 'c', 'd', 'e', 'f');
    nowMs = 10_999;
    queue.expire();
    expect(happened()).toEqual([]);
    queue.leave();
    expect(happened()).toEqual(['c']);
    nowMs = 11_000;
    queue.expire();
    expect(happened()).toEqual(['d: queue_timeout', 'e: queue_timeout', 'f: queue_timeout']);
  });
});
