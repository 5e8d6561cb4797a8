import { describe, expect, it, jest } from '@jest/globals';
import { silentLog, withFields } from './log.ts';

describe('withFields', () => {
  it('adds the fields to every line, a line’s own last', () => {
    const info = jest.fn();
    withFields(withFields({ ...silentLog, info }, { job_id: 'a', step: 0 }), { request_id: 'r' }).info(
      { step: 1 },
      'x',
    );
    expect(info).toHaveBeenCalledWith({ job_id: 'a', request_id: 'r', step: 1 }, 'x');
  });
});
