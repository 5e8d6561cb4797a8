import { beforeEach, describe, expect, it } from '@jest/globals';
import { Breaker } from './breaker.ts';

let nowMs: number;
let breaker: Breaker;

beforeEach(() => {
  nowMs = 1_000;
  breaker = new Breaker({ timeoutsToOpen: 3, openForMs: 250, nowMs: () => nowMs });
});

const timeOut = (times: number) => {
  for (let n = 0; n < times; n += 1) breaker.timedOut('pass');
};

describe('Breaker', () => {
  it('opens after three time-outs in a row', () => {
    timeOut(2);
    expect(breaker.enter()).toBe('pass');
    timeOut(1);
    expect(breaker.enter()).toBeUndefined();
    expect(breaker.isOpen).toBe(true);
  });

  it('does not open when an answer comes between', () => {
    timeOut(2);
    breaker.answered();
    timeOut(2);
    expect(breaker.enter()).toBe('pass');
  });

  it('lets one probe after 250 ms, not before and not two', () => {
    timeOut(3);
    nowMs += 249;
    expect(breaker.enter()).toBeUndefined();
    nowMs += 1;
    expect(breaker.enter()).toBe('probe');
    expect(breaker.enter()).toBeUndefined();
  });

  it('closes when the probe is answered', () => {
    timeOut(3);
    nowMs += 250;
    breaker.enter();
    breaker.answered();
    expect(breaker.isOpen).toBe(false);
    expect(breaker.enter()).toBe('pass');
  });

  it('waits another 250 ms when the probe times out', () => {
    timeOut(3);
    nowMs += 250;
    breaker.enter();
    nowMs += 500;
    breaker.timedOut('probe');
    nowMs += 249;
    expect(breaker.enter()).toBeUndefined();
    nowMs += 1;
    expect(breaker.enter()).toBe('probe');
  });

  it('gives the probe to the next one when it says nothing about answering', () => {
    timeOut(3);
    nowMs += 250;
    breaker.enter();
    breaker.left('probe');
    expect(breaker.enter()).toBe('probe');
  });

  it('is not held open by commands that were sent before it opened', () => {
    timeOut(3);
    nowMs += 200;
    timeOut(50);
    nowMs += 50;
    expect(breaker.enter()).toBe('probe');
    timeOut(50);
    breaker.answered();
    expect(breaker.enter()).toBe('pass');
  });
});
