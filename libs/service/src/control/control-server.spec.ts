import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CONTROL_PATTERNS } from '@nestfleet/contracts';
import { ClientTCP } from '@nestjs/microservices';
import { pino } from 'pino';
import { firstValueFrom } from 'rxjs';
import { controlGuard } from './control-guard.ts';
import { type RunningControl, startControlServer } from './control-server.ts';

const host = '127.0.0.1';
const plane = {
  guard: controlGuard('t'.repeat(24), 'unit-1-1'),
  actions: {
    describe: () => ({ is: 'well' }),
    drain: () => Promise.reject(new Error('the password is hunter2')),
    undrain: () => ({}),
  },
  log: pino({ level: 'silent' }),
};

describe('the control server', () => {
  let server: RunningControl;
  afterEach(() => server?.close());
  const start = async (): Promise<void> => {
    server = await startControlServer(plane, { host, port: 0, proofWithinMs: 3_000 });
  };
  const message = { token: 't'.repeat(24), instance_id: 'unit-1-1' };

  it('closes a connection that does not show the token, and keeps one that did', async () => {
    await start();
    const client = new ClientTCP({ host, port: server.port });
    const ask = (): Promise<unknown> => firstValueFrom(client.send(CONTROL_PATTERNS.describe, message));
    await expect(ask()).resolves.toEqual({ is: 'well' });
    const proven = client.unwrap<{ localPort: number }>().localPort;
    // It connects later and is closed before: what shows the token has no limit.
    const silent = connect(server.port, host);
    await once(silent.resume(), 'close');
    await expect(ask()).resolves.toEqual({ is: 'well' });
    expect(client.unwrap<{ localPort: number }>().localPort).toBe(proven);
    client.close();
  });

  it('answers who has the token, however many connections say nothing', async () => {
    server = await startControlServer(plane, { host, port: 0 });
    const silent = Array.from({ length: 300 }, () => connect(server.port, host).on('error', () => undefined));
    await Promise.all(silent.slice(0, 128).map((each) => once(each, 'connect')));
    const client = new ClientTCP({ host, port: server.port });
    await expect(firstValueFrom(client.send(CONTROL_PATTERNS.describe, message))).resolves.toEqual({ is: 'well' });
    client.close();
    for (const each of silent) each.destroy();
  });

  it('exposes nothing of the inside', async () => {
    await start();
    const client = new ClientTCP({ host, port: server.port });
    const failed = firstValueFrom(client.send(CONTROL_PATTERNS.drain, message));
    await expect(failed).rejects.toEqual({ code: 'control_failed', message: 'something went wrong here' });
    client.close();
  });

  it('says that its port is taken', async () => {
    await start();
    await expect(startControlServer(plane, { host, port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
