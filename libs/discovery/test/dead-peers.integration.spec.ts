import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type Discovery, openDiscovery } from '../src/index.ts';
import { DiscoveredClient } from '../src/nest.ts';
import { until } from '@nestfleet/timing';
import { linkTo, type TcpLink } from './tcp-link.ts';
import { startTcpPeer, type TcpPeer } from './tcp-peer.ts';

/** Time enough to be sent in on any machine: what was not sent says nothing of a connection. */
const DEADLINE_MS = 1_000;
/** Where the answer comes or the end is to come by something else: `deadline_exceeded` would say that it was this. */
const PATIENCE_MS = 20_000;

const entry = (id: string, meta: Record<string, string>) => ({ id, address: '127.0.0.1', port: 1, meta });

/** How long `work` took to reject, milliseconds. */
async function rejectsAfter(work: Promise<unknown>, error: object): Promise<number> {
  const startMs = performance.now();
  await expect(work).rejects.toMatchObject(error);
  return performance.now() - startMs;
}

describe('messages to peers that die', () => {
  const peers: TcpPeer[] = [];
  let one: TcpPeer;
  let two: TcpPeer;
  let link: TcpLink;
  let discovery: Discovery;
  let client: DiscoveredClient;
  const send = (to?: string, deadlineMs = DEADLINE_MS): Promise<unknown> =>
    client.send('echo', 1, { deadlineMs, ...(to === undefined ? {} : { to }) });

  beforeEach(async () => {
    Logger.overrideLogger(false);
    peers.push(...(await Promise.all([startTcpPeer(), startTcpPeer()])));
    [one, two] = peers as [TcpPeer, TcpPeer];
    link = await linkTo(`http://127.0.0.1:${one.port}`);
    const services = {
      api: [
        entry('api-1', { rpc_port: String(link.port), control_port: String(two.port) }),
        entry('api-2', { rpc_port: String(two.port) }),
      ],
    };
    discovery = openDiscovery({ kind: 'fixed', services });
    client = new DiscoveredClient(discovery, 'api');
    // Two processes: on a busy machine more than the usual 5 s. Whoever comes after the time would never be ended.
  }, 60_000);
  afterEach(async () => {
    client.onApplicationShutdown();
    discovery?.close();
    await Promise.all(peers.splice(0).map((peer) => peer.kill()));
    await link.cut();
  });

  it('one that is stopped costs each message its deadline, and nothing once it runs again', async () => {
    await expect(send('api-1', PATIENCE_MS)).resolves.toEqual({ echo: 1 });
    one.signal('SIGSTOP');
    for (let i = 0; i < 3; i += 1) {
      const tookMs = await rejectsAfter(send('api-1'), { code: 'deadline_exceeded' });
      expect(tookMs).toBeGreaterThan(DEADLINE_MS - 5);
    }
    // Its neighbour is not held up by it.
    await expect(send('api-2', PATIENCE_MS)).resolves.toEqual({ echo: 1 });
    one.signal('SIGCONT');
    await expect(send('api-1', PATIENCE_MS)).resolves.toEqual({ echo: 1 });
    // What was given up left no connection behind.
    await until(() => link.open() === 1, 20_000);
  });

  it('one that is killed fails what is in flight at once', async () => {
    await expect(send('api-1', PATIENCE_MS)).resolves.toEqual({ echo: 1 });
    one.signal('SIGSTOP');
    const inFlight = Promise.allSettled([send('api-1', PATIENCE_MS)]);
    await one.kill();
    await expect(inFlight).resolves.toMatchObject([{ reason: { code: 'outcome_unknown' } }]);
    // Its link takes the connection, so that nobody knows what became of the message.
    await expect(send('api-1', PATIENCE_MS)).rejects.toMatchObject({ code: 'outcome_unknown' });
  });

  it('a connection whose packets go nowhere costs one deadline, the next message takes a new one', async () => {
    await expect(send('api-1', PATIENCE_MS)).resolves.toEqual({ echo: 1 });
    link.strand();
    await expect(send('api-1')).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect(send('api-1', PATIENCE_MS)).resolves.toEqual({ echo: 1 });
  });

  it('balanced messages still reach the one that lives', async () => {
    await one.kill();
    for (let i = 0; i < 10; i += 1)
      await expect(client.send('echo', i, { deadlineMs: PATIENCE_MS, attempts: 2 })).resolves.toEqual({ echo: i });
  });

  it('goes to the instance and the port that are asked for, and to no other', async () => {
    await one.kill();
    await expect(send('api-1', PATIENCE_MS)).rejects.toMatchObject({
      code: 'outcome_unknown',
      attempts: [{ instanceId: 'api-1' }],
    });
    await expect(send('api-3', PATIENCE_MS)).rejects.toMatchObject({
      code: 'no_instance',
      message: 'api: api-3 is not listed',
    });
    const control = new DiscoveredClient(discovery, 'api', { port: 'control_port' });
    await expect(control.send('echo', 2, { deadlineMs: PATIENCE_MS, to: 'api-1' })).resolves.toEqual({ echo: 2 });
    await expect(control.send('echo', 2, { deadlineMs: PATIENCE_MS, to: 'api-2' })).rejects.toMatchObject({
      code: 'attempts_exhausted',
      cause: { code: 'rpc_port_missing', message: 'api-2 has no control_port' },
    });
    control.onApplicationShutdown();
  });
});
