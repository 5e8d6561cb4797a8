import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { Admission } from './admission.ts';

const owner = { refused: () => undefined, abandoned: () => undefined, leave: () => undefined };
const context = { requestId: 'r', endMs: Infinity };
const reply = { request: { body: undefined } } as FastifyReply;

describe('Admission', () => {
  it('runs a request in its own asynchronous context, whoever makes room for it', () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const done = (): void => void seen.push(storage.getStore());
    const admit = (): Admission => new Admission(owner, reply, context, done);
    const admissions = [storage.run('own', admit), admit()];
    storage.run('that of one who leaves', () => {
      for (const admission of admissions) admission.run();
    });
    expect(seen).toEqual(['own', undefined]);
  });
});
