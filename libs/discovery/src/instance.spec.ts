import { describe, expect, it } from '@jest/globals';
import { originOf, portFromMeta } from './instance.ts';

describe('originOf', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['api.internal', 'http://api.internal:3000'],
    ['::1', 'http://[::1]:3000'],
  ])('%s is reached at %s', (address, origin) => {
    expect(originOf({ address, port: 3000 })).toBe(origin);
  });
});

describe('portFromMeta', () => {
  it.each([
    [{ rpc_port: '3100' }, 3100],
    [{}, undefined],
    [{ rpc_port: '' }, undefined],
    [{ rpc_port: 'none' }, undefined],
    [{ rpc_port: '65536' }, undefined],
    [{ rpc_port: '0xc1c' }, undefined],
    [{ rpc_port: '3.1e3' }, undefined],
    [{ rpc_port: ' 3100' }, undefined],
    [{ rpc_port: '+3100' }, undefined],
  ])('%j gives %p', (meta: Record<string, string>, port) => {
    expect(portFromMeta({ meta }, 'rpc_port')).toBe(port);
  });
});
