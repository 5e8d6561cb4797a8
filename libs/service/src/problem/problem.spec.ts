import { describe, expect, it } from '@jest/globals';
import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';
import { ProblemError, toProblem, toProblemSpec } from './problem.ts';
import { ProblemValidationPipe, toFieldFaults } from './validation.pipe.ts';

const spec = { status: 409, code: 'busy', title: 'Busy', detail: 'later' };

describe('toProblemSpec', () => {
  it('keeps a thrown problem', () => {
    expect(toProblemSpec(new ProblemError(spec))).toBe(spec);
  });
  it('asks the app before its own defaults', () => {
    expect(toProblemSpec(new Error('x'), () => spec)).toBe(spec);
  });
  it('shows a client fault and hides an inner one', () => {
    expect(toProblemSpec(new BadRequestException('no comma'))).toMatchObject({
      status: 400,
      code: 'bad_request',
      detail: 'no comma',
    });
    expect(toProblemSpec(new Error('password=1')).detail).not.toContain('password');
    expect(toProblemSpec(new Error('x')).status).toBe(500);
  });
  it('does not repeat a whole address to who sent it', () => {
    const detail = toProblemSpec(new BadRequestException(`'/${'x'.repeat(16_000)}' is too long`)).detail;
    expect(detail.length).toBeLessThanOrEqual(300);
  });
  it('reads the status of a Fastify error', () => {
    const error = Object.assign(new Error('Request body is too large'), {
      statusCode: 413,
      code: 'FST_ERR_CTP_BODY_TOO_LARGE',
    });
    expect(toProblemSpec(error)).toMatchObject({ status: 413, code: 'body_too_large' });
  });
});

describe('toProblem', () => {
  it('leaves out an empty list of faults', () => {
    expect(toProblem({ ...spec, errors: [] }, 'r1')).toEqual({
      type: 'urn:nestfleet:problem:busy',
      title: 'Busy',
      status: 409,
      detail: 'later',
      code: 'busy',
      request_id: 'r1',
    });
  });
});

describe('validation', () => {
  const pipe = new ProblemValidationPipe();
  const schema = z.strictObject({ value: z.string(), ttl_ms: z.int().optional() });
  const faults = async (value: unknown, data?: string, of: z.ZodType = schema): Promise<unknown> => {
    try {
      await pipe.transform(value, { type: 'body', schema: of, ...(data === undefined ? {} : { data }) });
    } catch (error) {
      return error instanceof ProblemError ? error.spec.errors : error;
    }
    return 'accepted';
  };

  it('names the field, the unknown key and the parameter', async () => {
    expect(await faults({ value: 1 })).toEqual([{ path: 'value', message: expect.any(String) }]);
    expect(await faults({ value: 'a', b: 1, c: 2 })).toMatchObject([{ path: 'b' }, { path: 'c' }]);
    expect(await faults('!', 'key', z.string().regex(/^[a-z]$/))).toMatchObject([{ path: 'key' }]);
    expect(await faults(undefined)).toMatchObject([{ path: 'body' }]);
    expect(await faults({ value: 'a' })).toBe('accepted');
  });

  it('joins a nested path', () => {
    expect(toFieldFaults([{ message: 'm', path: ['a', { key: 0 }, 'b'] }], undefined)).toEqual([
      { path: 'a.0.b', message: 'm' },
    ]);
  });
});
