import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { bootExitCode } from './exit-codes.ts';

async function portInUse(): Promise<unknown> {
  const first = createServer().listen(0, '127.0.0.1');
  await once(first, 'listening');
  const second = createServer().listen((first.address() as AddressInfo).port, '127.0.0.1');
  const [fault] = (await once(second, 'error')) as unknown[];
  first.close();
  return fault;
}

describe('bootExitCode', () => {
  it.each([
    ['an error of a lib', Object.assign(new Error('Queue "x" is not among those'), { code: 'unknown_queue' })],
    ['a fault of the wiring', new TypeError('Queue x is given twice')],
    ['what is no Error', undefined],
    ['a text', 'no'],
  ])('is 78 for %s', (_what, error) => {
    expect(bootExitCode(error)).toBe(78);
  });

  it('is 69 for what the system refuses, also as a cause', async () => {
    const inUse = await portInUse();
    expect(bootExitCode(inUse)).toBe(69);
    expect(bootExitCode(new Error('cannot listen', { cause: inUse }))).toBe(69);
    let missing: unknown;
    try {
      readFileSync('/nothing/is/here');
    } catch (error) {
      missing = error;
    }
    expect(bootExitCode(missing)).toBe(69);
  });
});
