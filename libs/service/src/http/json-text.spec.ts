import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '../problem/problem.ts';
import { readJson } from './json-text.ts';

const read = (text: string): unknown => readJson(Buffer.from(text));

describe('readJson', () => {
  it.each([
    '{"constructor":{"prototype":{"a":1}},"prototype":[{"constructor":"Ferrari"}],"toString":null,"then":1}',
    '{"a":{"same":1},"b":{"same":2},"same":[{"same":1},{"same":2}]}',
    '{"":"","a\\"b":"a\\"b","\\\\":"{\\"x\\":1,\\"x\\":2}","[1,1]":"\\ud83d\\ude00"}',
    '[0,1,-1,0.5,1e2,1E+2,1.50,100.0,5e-324,1.7976931348623157e308,9007199254740992,12345678901234567000,0.30000000000000004,0e9]',
    '" 1e400 "',
    'true',
    'null',
    ' \n[ ]\t',
  ])('is JSON.parse for %s', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":[0,{"b":1,"\\u0062":2}]}', 'a.1.b'],
    ['{"__proto__":1}', '__proto__'],
    ['{"a":{"\\u005f_proto__":{"b":1}}}', 'a.__proto__'],
    ['{"a":{"b":12345678901234567890}}', 'a.b'],
    ['[1,[2,9007199254740993]]', '1.1'],
    ['{"a":0.1234567890123456789}', 'a'],
    ['{"a":0.10000000000000001}', 'a'],
    ['{"a":1e400}', 'a'],
    ['{"a":-1e400}', 'a'],
    ['{"a":1e-400}', 'a'],
    ['{"a":-0}', 'a'],
    ['{"a":-0.0}', 'a'],
    ['{"a":-0e1}', 'a'],
    ['9007199254740993', 'body'],
    ['{"a":{"b":"\\ud800"}}', 'a.b'],
    ['{"a":{"\\udfff":1}}', 'a.\ufffd'],
  ])('refuses %s and names %s', (text, path) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({
        spec: expect.objectContaining({
          status: 400,
          code: 'invalid_input',
          errors: [{ path, message: expect.any(String) }],
        }),
      }),
    );
  });

  it.each([
    ['no JSON', Buffer.from('{')],
    ['two texts', Buffer.from('{}{}')],
    ['only white space', Buffer.from(' ')],
    ['Latin-1', Buffer.from('{"a":"\u00e9"}', 'latin1')],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a character that is cut', Buffer.from('"\u20ac"').subarray(0, 3)],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
    ['120,000 levels', Buffer.from(`${'['.repeat(120_000)}${']'.repeat(120_000)}`)],
    ['65 levels', Buffer.from(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => readJson(bytes)).toThrow(ProblemError);
  });

  it('takes 64 levels, and a byte order mark for none', () => {
    expect(() => read(`${'['.repeat(64)}${']'.repeat(64)}`)).not.toThrow();
    expect(read('\ufeff{"a":1}')).toEqual({ a: 1 });
    expect(() => read('\ufeff\ufeff1')).toThrow(ProblemError);
  });

  it('takes long texts', () => {
    const long = { text: '\\"'.repeat(60_000), list: Array.from({ length: 20_000 }, (_none, n) => n / 7) };
    expect(read(JSON.stringify(long))).toEqual(long);
  });
});
