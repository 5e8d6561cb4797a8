import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { guarded } from '@nestfleet/service';
import { Boundary } from './boundary.ts';

const fault = new Error('a handler’s own');
const throws = (): never => {
  throw fault;
};

function watched(end: (error: Error) => void = () => undefined) {
  const ended: Error[] = [];
  let cuts = 0;
  const boundary = new Boundary(
    (error) => {
      ended.push(error);
      end(error);
    },
    () => (cuts += 1),
  );
  return { boundary, ended, cuts: () => cuts };
}

describe('Boundary', () => {
  it('ends its exchange once, whatever handlers throw and however often', async () => {
    const { boundary, ended, cuts } = watched();
    const emitter = new EventEmitter();
    boundary.on(emitter, 'data', throws);
    emitter.emit('data');
    emitter.emit('data');
    const controller = new AbortController();
    boundary.onAbort(controller.signal, throws);
    controller.abort();
    boundary.run(throws);
    boundary.guard(throws)();
    boundary.after(0, throws);
    await new Promise((resolve) => boundary.after(1, () => resolve(undefined)));
    expect(ended).toEqual([fault]);
    expect(cuts()).toBe(0);
  });

  it('cuts where ending fails too', () => {
    const { boundary, cuts } = watched(throws);
    boundary.run(throws);
    expect(cuts()).toBe(1);
  });

  it('takes listeners off again, and passes on what they are called with', async () => {
    const { boundary, ended } = watched();
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    const off = boundary.on(emitter, 'data', (...args: unknown[]) => seen.push(args));
    emitter.emit('data', 1, 'two');
    off();
    emitter.emit('data', 3);
    const controller = new AbortController();
    boundary.onAbort(controller.signal, throws)();
    const aborted = once(controller.signal, 'abort');
    controller.abort();
    await aborted;
    expect(seen).toEqual([[1, 'two']]);
    expect(ended).toEqual([]);
  });

  it('makes an Error of whatever was thrown', () => {
    const { boundary, ended } = watched();
    boundary.fail('words');
    expect(ended).toEqual([new Error('words')]);
  });
});

describe('guarded', () => {
  it('gives the fault away, with what the handler was called with', () => {
    const faults: unknown[] = [];
    guarded(throws as (word: string) => void, (...given) => faults.push(given))('word');
    expect(faults).toEqual([[fault, 'word']]);
  });
});
