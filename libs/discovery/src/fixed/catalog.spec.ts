import { describe, expect, it } from '@jest/globals';
import { fixedCatalog, type FixedInstance } from './catalog.ts';

async function instances(given: FixedInstance) {
  for await (const snapshot of fixedCatalog({ api: [given] }, () => 7).watch('api', new AbortController().signal)) {
    return snapshot;
  }
  return undefined;
}

describe('fixedCatalog', () => {
  it.each([
    ['10.0.0.1:3000', '10.0.0.1', 3000],
    ['api.internal:80', 'api.internal', 80],
    ['[::1]:3000', '::1', 3000],
  ])('reads %s', async (text, address, port) => {
    expect(await instances(text)).toEqual({
      asOfMs: 7,
      instances: [
        {
          id: `api-${address}:${port}`,
          service: 'api',
          address,
          port,
          health: 'passing',
          tags: [],
          meta: {},
          weight: 1,
          epoch: 0,
        },
      ],
    });
  });

  it('takes what else is known about an instance', async () => {
    const given = { id: 'x', address: 'a', port: 1, meta: { rpc_port: '2' }, health: 'critical' } as const;
    expect((await instances(given))?.instances).toMatchObject([given]);
  });

  it.each(['api', 'api:', ':80', 'api:0', 'api:65536', '::1:80', 'http://api:80'])('refuses "%s"', (text) => {
    expect(() => fixedCatalog({ api: [text] })).toThrow(expect.objectContaining({ code: 'invalid_settings' }));
  });
});
