import { describe, expect, it } from '@jest/globals';
import { decodeAnswer, encodeQuery } from './message.ts';

// By name: Node's own come from another realm than Jest's.
const rangeError: unknown = expect.objectContaining({ name: 'RangeError' });

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s+/g, ''), 'hex');

/** `api.service.consul SRV` with one SRV record, its target's A record by pointers, and an AAAA and a TXT record. */
const answer = hex(`
  002a 8580 0001 0001 0000 0003
  03617069 0773657276696365 06636f6e73756c 00 0021 0001
  c00c 0021 0001 00000005 0019  0001 0003 0bb8  076630303030303104 61646472 03646331 c018
  c036 0001 0001 00000000 0004 7f000001
  c036 001c 0001 00000007 0010 20010db8000000000000000000000001
  c036 0010 0001 00000000 0003 026869
`);

describe('encodeQuery', () => {
  it('asks one question and wants recursion', () => {
    expect(encodeQuery(42, 'api.consul.', 'SRV')).toEqual(
      hex('002a 0100 0001 0000 0000 0000 03617069 06636f6e73756c 00 0021 0001'),
    );
  });

  it.each(['', 'a..b', `${'x'.repeat(64)}.consul`, 'x.'.repeat(130)])('refuses the name "%s"', (name) => {
    expect(() => encodeQuery(1, name, 'A')).toThrow(rangeError);
  });
});

describe('decodeAnswer', () => {
  it('reads SRV, A and AAAA with compressed names, and passes others over', () => {
    const { code, records } = decodeAnswer(42, answer);
    expect(code).toBe(0);
    const target = 'f000001.addr.dc1.consul';
    expect(records).toEqual([
      { type: 'SRV', name: 'api.service.consul', ttlS: 5, priority: 1, weight: 3, port: 3000, target },
      { type: 'A', name: target, ttlS: 0, address: '127.0.0.1' },
      { type: 'AAAA', name: target, ttlS: 7, address: '2001:db8::1' },
    ]);
  });

  it('tells that there is no such name', () => {
    expect(decodeAnswer(42, hex('002a 8183 0000 0000 0000 0000'))).toEqual({ code: 3, records: [] });
  });

  it.each([
    ['another id', hex('002b 8180 0000 0000 0000 0000')],
    ['a question', hex('002a 0100 0000 0000 0000 0000')],
    ['half a header', answer.subarray(0, 7)],
    ['half a record', answer.subarray(0, answer.length - 20)],
    ['a name that leads in a circle', hex('002a 8180 0001 0000 0000 0000 c00c 0001 0001')],
    ['a name that leads forward', hex('002a 8180 0001 0000 0000 0000 c010 0001 0001')],
    ['a label of more than 63 bytes', hex(`002a 8180 0001 0000 0000 0000 7f ${'61'.repeat(127)} 00 0001 0001`)],
  ])('refuses %s', (_, message) => {
    expect(() => decodeAnswer(42, message)).toThrow(rangeError);
  });

  it('survives any damage to a message, with an answer or a RangeError', () => {
    const faults = new Set<string>();
    for (let at = 0; at < answer.length; at += 1) {
      for (const value of [0x00, 0x3f, 0xc0, 0xff]) {
        const damaged = Buffer.from(answer);
        damaged[at] = value;
        try {
          decodeAnswer(42, damaged);
        } catch (error) {
          faults.add((error as Error).name);
        }
      }
    }
    expect([...faults]).toEqual(['RangeError']);
  });
});
