import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { type AddressInfo, type ListenOptions, createServer } from 'node:net';
import { bootExitCode } from './exit-codes.ts';

async function refusalOf(options: ListenOptions | { fd: number }): Promise<unknown> {
  const [fault] = (await once(createServer().listen(options), 'error')) as unknown[];
  return fault;
}

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

  it('is 78 for an address that is not of this machine, and a descriptor that is no socket', async () => {
    expect(bootExitCode(await refusalOf({ port: 0, host: '203.0.113.9' }))).toBe(78);
    expect(bootExitCode(await refusalOf({ fd: openSync('/dev/null', 'r') }))).toBe(78);
  });

  it.each([
    ['EADDRNOTAVAIL', 78],
    ['EAFNOSUPPORT', 78],
    ['EACCES', 78],
    ['EPERM', 78],
    ['EROFS', 78],
    ['EADDRINUSE', 69],
    ['EMFILE', 69],
    ['ENOMEM', 69],
    ['ENOSPC', 69],
    ['ENOTFOUND', 69],
    ['EAI_AGAIN', 69],
  ])('of %s is %d', (code, end) => {
    expect(bootExitCode(Object.assign(new Error(code), { code, syscall: 'listen' }))).toBe(end);
  });
});
