import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { type ConsulPorts, freeConsulPorts } from '../src/testing/consul-ports.ts';
import { startConsulServers } from './consul-servers.ts';
import { describeWithConsul } from './consul-tier.ts';

describeWithConsul('the ports of several Consul servers', () => {
  it('are drawn anew, all of them, when somebody took one before its server did', async () => {
    const thief = createServer().listen(0, '127.0.0.1');
    await once(thief, 'listening');
    const { port: stolen } = thief.address() as AddressInfo;
    let draws = 0;
    const drawPorts = async (): Promise<ConsulPorts> => {
      draws += 1;
      const ports = await freeConsulPorts();
      return draws === 1 ? { ...ports, http: stolen } : ports;
    };
    try {
      const servers = await startConsulServers(3, { drawPorts });
      await servers.stop();
      expect(draws).toBe(6);
      expect(servers.addresses.filter((address) => address.endsWith(`:${stolen}`))).toEqual([]);
    } finally {
      thief.close();
    }
  }, 240_000);

  it('are given up after some draws, with the words of the server that found one taken', async () => {
    const thief = createServer().listen(0, '127.0.0.1');
    await once(thief, 'listening');
    const { port: stolen } = thief.address() as AddressInfo;
    let draws = 0;
    const drawPorts = async (): Promise<ConsulPorts> => {
      draws += 1;
      return { ...(await freeConsulPorts()), http: stolen };
    };
    try {
      await expect(startConsulServers(1, { drawPorts })).rejects.toThrow('address already in use');
      expect(draws).toBe(3);
    } finally {
      thief.close();
    }
  }, 240_000);
});
