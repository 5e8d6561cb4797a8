import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DeadlineError } from '@nestfleet/timing';
import { describeFault, isForeignType, REDIS_FAULTS, redisFault, replyError, UNKNOWN_REPLY } from './faults.ts';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });
const aborted = (...reasons: string[]) =>
  Object.assign(replyError('EXECABORT Transaction discarded because of previous errors.'), {
    previousErrors: reasons.map((reason) => replyError(reason)),
  });
const coded = (code: string) => Object.assign(new Error('x'), { code });
/** As Redis 7 ends what a command within a script was told, and as Redis 6 begins it. */
const inScript = (reply: string) => replyError(`${reply} script: ${'a7'.repeat(20)}, on @user_script:1.`);
const inOldScript = (reply: string) =>
  replyError(`ERR Error running script (call to f_${'a7'.repeat(20)}): @user_script:12: @user_script: 12: -${reply}`);

describe('redisFault', () => {
  it.each([
    [replyError("READONLY You can't write against a read only replica."), 'READONLY'],
    [replyError('LOADING Redis is loading the dataset in memory'), 'LOADING'],
    [inScript("OOM command not allowed when used memory > 'maxmemory'."), 'OOM'],
    [inOldScript("OOM command not allowed when used memory > 'maxmemory'."), 'OOM'],
    [replyError("NOPERM this user has no permissions to run the 'hset' command"), 'NOPERM'],
    [replyError("NOPERM this user has no permissions to run the 'hget' command"), 'NOPERM of a read'],
    [replyError('NOPERM this user has no permissions to access one of the keys'), 'NOPERM'],
    [inScript("ERR The user executing the script can't run this command or subcommand"), 'NOPERM in a script'],
    [
      inScript("ERR ACL failure in script: User app has no permissions to run the 'hset' command"),
      'NOPERM in a script',
    ],
    [inScript("NOPERM User app has no permissions to run the 'hset' command"), 'NOPERM in a script'],
    [replyError('NOSCRIPT No matching script. Please use EVAL.'), 'NOSCRIPT'],
    [new Error('Too many Cluster redirections. Last error: ReplyError: MOVED 1 127.0.0.1:1'), 'MOVED'],
    [aborted("ERR unknown command 'x'", 'OOM command not allowed'), 'OOM'],
    [
      replyError('EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to write.'),
      'NOREPLICAS',
    ],
    [named('HandshakeError', 'SELECT refused: BUSY Redis is busy running a script.'), 'BUSY'],
    [named('HandshakeError', 'HELLO refused: WRONGPASS invalid username-password pair'), 'unknown'],
    [replyError('WRONGTYPE Operation against a key'), 'WRONGTYPE'],
    [inScript('ERR hash value is not an integer'), 'ERR hash value is not an integer'],
    [new DeadlineError(500), 'time-out'],
    [named('MaxRetriesPerRequestError', 'Reached the max retries per request limit'), 'closed'],
    [new Error('Connection is closed.'), 'closed'],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), 'closed'],
    [new Error("Cluster isn't ready and enableOfflineQueue options is false"), 'closed'],
    [coded('ECONNRESET'), 'closed'],
    [coded('EPIPE'), 'closed'],
    [aborted("ERR wrong number of arguments for 'set' command"), 'unknown'],
    [replyError('ERR LOADING is not the first word'), 'unknown'],
    [replyError('OOMPH'), 'unknown'],
    [replyError('closed'), 'unknown'],
    [coded('version_conflict'), undefined],
    [new TypeError('x is not a function'), undefined],
    ['text', undefined],
  ])('%s is %s', (error, name) => expect(redisFault(error)?.name).toBe(name));
});

describe('REDIS_FAULTS', () => {
  it('calls nothing final that may have been carried out', () => {
    const maybe = [...REDIS_FAULTS, UNKNOWN_REPLY].filter(({ ran }) => ran === 'maybe');
    expect(maybe.length).toBeGreaterThan(3);
    for (const each of maybe) expect(each).toMatchObject({ code: 'redis_outcome_unknown', resend: 'never' });
  });

  it('is the table of README', () => {
    const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8').replace(/ *\| */g, '|');
    for (const { name, ran, resend, link, code, words } of REDIS_FAULTS) {
      const told = code === 'answer' ? 'comes through' : `\`${code}\``;
      expect(readme).toContain(`|\`${name}\`|${ran}|${resend}|${link}|${told}|${words}|`);
    }
  });
});

describe('describeFault', () => {
  it.each([
    ["NOPERM this user has no permissions to run the 'lpush' command of a script", ': lpush'],
    ["NOPERM User app has no permissions to run the 'script|load' command", ': script|load'],
    ["NOPERM this user has no permissions to run the 'hget' command", ': hget'],
    ['NOPERM this user has no permissions to access one of the keys used as arguments', 'lacks a permission'],
  ])('names the command that is denied by %s', (message, end) => {
    const error = replyError(message);
    expect(describeFault(redisFault(error)!, error).endsWith(end)).toBe(true);
  });

  it('quotes an unknown reply without what was sent', () => {
    const error = replyError("ERR unknown command 'GETX', with args beginning with: 'nf:{s1}:session:secret'");
    expect(describeFault(redisFault(error)!, error)).toMatch(/: ERR unknown command …$/);
    const script = replyError("ERR user_script:7: malformed number near '12x' script: a7, on @user_script:7.");
    expect(describeFault(redisFault(script)!, script)).toMatch(/: ERR user_script:7: malformed number near … script/);
  });
});

it.each([
  ['WRONGTYPE Operation against a key', true],
  ['ERR hash value is not an integer', true],
  ['CROSSSLOT Keys in request', false],
  ['OOM command not allowed', false],
])('isForeignType of %s is %s', (reply, foreign) => expect(isForeignType(replyError(reply))).toBe(foreign));
