import { describe, expect, it } from '@jest/globals';
import { networkInterfaces } from 'node:os';
import { routedAddress } from './routed-address.ts';

const to = (...addresses: string[]): Promise<string | undefined> => routedAddress({ CONSUL_HTTP_ADDR: addresses });
const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);

describe('routedAddress', () => {
  it('is the address of the interface that leads to the agent', async () => {
    for (const { address, family, internal } of own) {
      if (family !== 'IPv4' || internal) continue;
      await expect(to(`http://${address}:8500`, 'elsewhere:8500')).resolves.toBe(address);
    }
  });

  it.each(['http://127.0.0.1:8500', 'http://[::1]:8500', 'http://no-such-name.invalid:8500', '', 'http://'])(
    'is none for %s',
    async (agent) => {
      await expect(to(agent)).resolves.toBeUndefined();
    },
  );
});
