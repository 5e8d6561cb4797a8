import { describe, expect, it } from '@jest/globals';
import { demoJob, flakyJob, upcaster } from '@nestfleet/contracts';
import { z } from 'zod';
import { newerVersionOf, seal, unseal } from './envelope.ts';
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

  it('refuses a payload that is too long, or that JSON cannot carry', () => {
    const small = defineQueue({ ...demoJob, payload: z.unknown(), payloadMaxBytes: 10 });
    expect(seal(small, 'ä'.repeat(4), {}).payload).toBe('ääää');
    expect(() => seal(small, 'ä'.repeat(5), {})).toThrow(
      expect.objectContaining({ code: 'payload_too_large', status: 413 }),
    );
    expect(() => seal(small, 1n, {})).toThrow(expect.objectContaining({ code: 'invalid_payload' }));
    expect(seal(small, undefined, {}).payload).toBeUndefined();
  });

  it('refuses data that is not ours, and other payload versions', () => {
    expect(() => unseal(demo, { job: 'x' })).toThrow(expect.objectContaining({ code: 'invalid_payload' }));
    for (const payload_version of [0, 2])
      expect(() => unseal(demo, { ...seal(demo, { job: 'x' }, {}), payload_version })).toThrow(
        expect.objectContaining({ code: 'payload_version' }),
      );
  });

  describe('of an older version', () => {
    const mail = defineQueue({
      ...demoJob,
      name: 'mail',
      version: 4,
      payload: z.strictObject({ to: z.array(z.email()), urgent: z.boolean() }),
      upcast: {
        2: upcaster(z.object({ address: z.email() }), ({ address }) => ({ to: address })),
        3: upcaster(z.object({ to: z.email() }), ({ to }) => ({ to: [to], urgent: to === 'now@example.org' })),
      },
    });
    const sealed = (payload_version: number, payload: unknown) => ({
      ...seal(mail, { to: [], urgent: false }, {}),
      payload,
      payload_version,
    });

    it('is lifted step by step, then checked', () => {
      expect(unseal(mail, sealed(2, { address: 'a@example.org' })).payload).toEqual({
        to: ['a@example.org'],
        urgent: false,
      });
      expect(unseal(mail, sealed(3, { to: 'now@example.org' })).payload).toEqual({
        to: ['now@example.org'],
        urgent: true,
      });
      expect(unseal(mail, sealed(4, { to: [], urgent: true })).payload).toEqual({ to: [], urgent: true });
      const careless = defineQueue({ ...mail.descriptor, upcast: { 3: () => ({ to: 'nobody' }) } });
      expect(() => unseal(careless, sealed(3, {}))).toThrow(expect.objectContaining({ code: 'invalid_payload' }));
    });

    it('is refused where no step begins, and where a step fails', () => {
      for (const version of [0, 1, 5])
        expect(() => unseal(mail, sealed(version, {}))).toThrow(expect.objectContaining({ code: 'payload_version' }));
      expect(() => unseal(mail, sealed(2, { address: 7 }))).toThrow(
        /lifted from version 2: address: .*invalid_payload/,
      );
    });
  });

  it('is newer only with a version above ours', () => {
    const sealed = seal(demo, { job: 'x' }, {});
    expect(newerVersionOf(demo, { ...sealed, payload_version: 2 })).toBe(2);
    expect(newerVersionOf(demo, { ...sealed, payload_version: 0 })).toBeUndefined();
    expect(newerVersionOf(demo, sealed)).toBeUndefined();
    expect(newerVersionOf(demo, 'nonsense')).toBeUndefined();
  });
});
