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

  it('makes no line of a level that the log does not write', () => {
    const [debug, info] = [jest.fn(), jest.fn()];
    const log = withFields(
      { ...silentLog, debug, info, isLevelEnabled: (level) => level !== 'debug' },
      { job_id: 'a' },
    );
    withFields(log, { request_id: 'r' }).debug({}, 'x');
    log.info({}, 'x');
    expect([debug.mock.calls, info.mock.calls]).toEqual([[], [[{ job_id: 'a' }, 'x']]]);
  });
});
