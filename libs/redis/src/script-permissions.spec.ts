import { describe, expect, it } from '@jest/globals';
import { checkedScript } from './script-permissions.ts';

const set = "redis.call('SET', KEYS[1], 'x')\n";
const expire = "redis.call('PEXPIRE', KEYS[1], 5)\n";
const read = "redis.call('GET', KEYS[1])\n";
const lines = (source: string): number => source.split('\n').length;
const MARK = '-- It writes from here on.\n';

describe('checkedScript', () => {
  it.each([
    ['reads only', read],
    ['writes once', `${read}${set}`],
    ['has the mark and writes once', `${read}${MARK}${set}`],
  ])('leaves one alone that %s', (_what, source) => expect(checkedScript(source)).toBe(source));

  it.each([
    ['writes twice', set + expire, ['SET', 'PEXPIRE']],
    ['writes the same twice', set + set, ['SET']],
    ['writes once, again and again', `for n = 1, 2 do ${set} end\n`, ['SET']],
    ['writes and reads', set + expire + read, ['SET', 'PEXPIRE', 'GET']],
    ['names commands in a table', "local names = { a = 'SADD', b = 'NX' }\n" + expire, ['SADD', 'PEXPIRE']],
  ])('asks for each command of one that %s', (_what, source, commands) => {
    const [check = ''] = checkedScript(source).split(source);
    expect([...check.matchAll(/may\("(\w+)"/g)].map(([, name]) => name)).toEqual(commands);
  });

  it('gives each command as many arguments as it takes at least', () => {
    const [check = ''] = checkedScript("call('HSET') call('DEL') call('TIME') call('XREAD')").split(' call(');
    for (const asked of ['"HSET",k,k,k', '"DEL",k', '"TIME"', '"XREAD","STREAMS",k,"0"'])
      expect(check).toContain(`may(${asked})`);
  });

  it('asks in front of the first line, or at the mark, and moves no line', () => {
    expect(checkedScript(set + expire)).toMatch(/^do local may,k=.* end redis\.call\('SET'/);
    const marked = checkedScript(read + MARK + set + expire);
    expect(marked).toMatch(/^redis\.call\('GET'.*\ndo local may,k=.* end\nredis\.call\('SET'/);
    expect([lines(checkedScript(set + expire)), lines(marked)]).toEqual([3, 5]);
  });
});
