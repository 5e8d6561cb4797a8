import { join } from 'node:path';
import { startHaproxyBefore } from '../../../fleet/src/programs.ts';
import { startTarget } from '../fuzz/target-process.ts';
import { type ByteReplica, startByteReplica } from './byte-replica.ts';
import { ALLOWED_ORIGIN } from './request-cases.ts';

/** ProxyUnderTest is one edge proxy, and the replica that it forwards to. */
export interface ProxyUnderTest {
  readonly port: number;
  readonly replica: ByteReplica;
  /** What it has logged of late. */
  readonly log: () => string;
  close(): Promise<void>;
}

/** @param trusted whose words are believed; the client is on this machine, and is to be a stranger */
export async function gatewayUnderTest(appsDir: string, trusted = '192.0.2.1'): Promise<ProxyUnderTest> {
  const replica = await startByteReplica();
  const gateway = await startTarget('gateway', join(appsDir, 'frontend-gateway'), {
    DISCOVERY: 'fixed',
    DISCOVERY_FIXED: `api=127.0.0.1:${replica.port}`,
    TRUSTED_PROXIES: trusted,
    CORS_ORIGINS: ALLOWED_ORIGIN,
  });
  return {
    port: gateway.ports.http!,
    replica,
    log: () => gateway.requestLines.join('\n'),
    close: async () => {
      gateway.kill();
      replica.close();
    },
  };
}

interface HaproxySettings extends Pick<Parameters<typeof startHaproxyBefore>[0], 'path' | 'change'> {
  /** Port of its backend of gateways. @default the replica's */
  readonly gatewayPort?: number;
}

export async function haproxyUnderTest({ gatewayPort, ...settings }: HaproxySettings): Promise<ProxyUnderTest> {
  const replica = await startByteReplica();
  const haproxy = await startHaproxyBefore({
    ...settings,
    servers: { api: replica.port, gateway: gatewayPort ?? replica.port },
    env: { CORS_ORIGINS: ALLOWED_ORIGIN },
  });
  return {
    port: haproxy.port,
    replica,
    log: haproxy.log,
    close: async () => {
      await haproxy.close();
      replica.close();
    },
  };
}
