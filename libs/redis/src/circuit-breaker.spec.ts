import { beforeEach, describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from './circuit-breaker.ts';

let nowMs: number;
let breaker: CircuitBreaker;

beforeEach(() => {
  nowMs = 1_000;
  breaker = new CircuitBreaker({ timeoutsToOpen: 3, openForMs: 250, lateForMs: 2_000, nowMs: () => nowMs });
});

const timeOut = (times: number) => {
  for (let n = 0; n < times; n += 1) breaker.recordTimeout('pass');
};

describe('CircuitBreaker', () => {
  it('opens after three time-outs in a row', () => {
    timeOut(2);
    expect(breaker.tryAcquire()).toBe('pass');
    timeOut(1);
    expect(breaker.tryAcquire()).toBeUndefined();
    expect(breaker.isOpen).toBe(true);
  });

  it('does not open when an answer comes between', () => {
    timeOut(2);
    breaker.recordSuccess();
    timeOut(2);
    expect(breaker.tryAcquire()).toBe('pass');
  });

  it('lets one probe after 250 ms, not before and not two', () => {
    timeOut(3);
    nowMs += 249;
    expect(breaker.tryAcquire()).toBeUndefined();
    nowMs += 1;
    expect(breaker.tryAcquire()).toBe('probe');
    expect(breaker.tryAcquire()).toBeUndefined();
  });

  it('closes when the probe is answered', () => {
    timeOut(3);
    nowMs += 250;
    breaker.tryAcquire();
    breaker.recordSuccess();
    expect(breaker.isOpen).toBe(false);
    expect(breaker.tryAcquire()).toBe('pass');
  });

  it('waits another 250 ms when the probe times out', () => {
    timeOut(3);
    nowMs += 250;
    breaker.tryAcquire();
    nowMs += 500;
    breaker.recordTimeout('probe');
    nowMs += 249;
    expect(breaker.tryAcquire()).toBeUndefined();
    nowMs += 1;
    expect(breaker.tryAcquire()).toBe('probe');
  });

  it('does not open where Redis was heard, until no answer was in time for two seconds', () => {
    const late = (times: number): void => {
      for (let n = 0; n < times; n += 1) breaker.recordLate('pass');
    };
    late(9);
    nowMs += 1_999;
    late(9);
    expect(breaker.isOpen).toBe(false);
    nowMs += 1;
    late(3);
    expect(breaker.isOpen).toBe(true);
    breaker.recordSuccess();
    late(9);
    expect(breaker.isOpen).toBe(false);
  });

  it('answers until a deadline was missed, and from the next answer on, also where nothing opened it', () => {
    expect(breaker.isAnswering).toBe(true);
    breaker.recordMissedDeadline();
    breaker.release('pass');
    expect([breaker.isAnswering, breaker.isOpen]).toEqual([false, false]);
    breaker.recordSuccess();
    expect(breaker.isAnswering).toBe(true);
  });

  it('gives the probe to the next one when it says nothing about answering', () => {
    timeOut(3);
    nowMs += 250;
    breaker.tryAcquire();
    breaker.release('probe');
    expect(breaker.tryAcquire()).toBe('probe');
  });

  it('is not held open by commands that were sent before it opened', () => {
    timeOut(3);
    nowMs += 200;
    timeOut(50);
    nowMs += 50;
    expect(breaker.tryAcquire()).toBe('probe');
    timeOut(50);
    breaker.recordSuccess();
    expect(breaker.tryAcquire()).toBe('pass');
  });
});
