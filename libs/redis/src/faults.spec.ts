import { describe, expect, it } from '@jest/globals';
import { faultKind } from './faults.ts';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const aborted = (reason: string) =>
  Object.assign(named('ReplyError', 'EXECABORT Transaction discarded because of previous errors.'), {
    previousErrors: [named('ReplyError', reason)],
  });
const coded = (code: string) => Object.assign(new Error('x'), { code });

describe('faultKind', () => {
  it.each([
    [named('ReplyError', 'LOADING Redis is loading the dataset in memory'), 'refused'],
    [named('ReplyError', "OOM command not allowed when used memory > 'maxmemory'."), 'refused'],
    [named('ReplyError', 'WRONGTYPE Operation against a key'), 'other'],
    [named('ReplyError', 'ERR LOADING is not the first word'), 'other'],
    [named('MaxRetriesPerRequestError', 'Reached the max retries per request limit'), 'lost'],
    [new Error('Connection is closed.'), 'lost'],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'lost'],
    [new Error('Too many Cluster redirections. Last error: ReplyError: MOVED 1 127.0.0.1:1'), 'refused'],
    [new Error("Cluster isn't ready and enableOfflineQueue options is false"), 'lost'],
    [aborted('OOM command not allowed'), 'refused'],
    [aborted("ERR wrong number of arguments for 'set' command"), 'other'],
    [coded('ECONNRESET'), 'lost'],
    [coded('EPIPE'), 'lost'],
    [coded('version_conflict'), 'other'],
    [new TypeError('x is not a function'), 'other'],
    ['text', 'other'],
  ])('%s is %s', (error, kind) => expect(faultKind(error)).toBe(kind));
});
