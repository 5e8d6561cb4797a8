import { describe, expect, it } from '@jest/globals';
import { demoJob, flakyJob } from '@nestfleet/contracts';
import { mayFitAnotherWorker, seal, unseal } from './envelope.ts';
import { defineQueue } from './queue.ts';

const demo = defineQueue(demoJob);
const about = { owner: 'o1', requestId: 'r1' };

describe('envelope', () => {
  it('carries payload, version, owner and request id to the worker', () => {
    const sealed = seal(demo, { job: 'x' }, about);
    expect(sealed).toEqual({ payload: { job: 'x' }, payload_version: 1, owner: 'o1', request_id: 'r1' });
    expect(unseal(demo, JSON.parse(JSON.stringify(sealed)))).toEqual({ payload: { job: 'x' }, sealed });
  });

  it('fills in defaults at enqueue', () => {
    expect(seal(defineQueue(flakyJob), {}, {}).payload).toEqual({ failures: 2 });
  });

  it('refuses a payload that does not fit and names the field', () => {
    const fault = expect.objectContaining({
      code: 'invalid_payload',
      issues: [{ path: 'job', message: expect.any(String) }],
    });
    expect(() => seal(demo, { job: '' }, {})).toThrow(fault);
    expect(() => unseal(demo, { ...seal(demo, { job: 'x' }, {}), payload: { job: '' } })).toThrow(fault);
    expect(() => seal(demo, { job: 'x', more: 1 }, {})).toThrow(/more/);
  });

  it('refuses data that is not ours, and other payload versions', () => {
    expect(() => unseal(demo, { job: 'x' })).toThrow(expect.objectContaining({ code: 'invalid_payload' }));
    for (const payload_version of [0, 2])
      expect(() => unseal(demo, { ...seal(demo, { job: 'x' }, {}), payload_version })).toThrow(
        expect.objectContaining({ code: 'payload_version' }),
      );
  });

  it('leaves only newer payloads to another worker', () => {
    const sealed = seal(demo, { job: 'x' }, {});
    expect(mayFitAnotherWorker(demo, { ...sealed, payload_version: 2 })).toBe(true);
    expect(mayFitAnotherWorker(demo, { ...sealed, payload_version: 0 })).toBe(false);
    expect(mayFitAnotherWorker(demo, sealed)).toBe(false);
    expect(mayFitAnotherWorker(demo, 'nonsense')).toBe(false);
  });
});
