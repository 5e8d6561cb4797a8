import { describe, expect, it } from '@jest/globals';
import { ask, until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { get, openRawClient, UPGRADE } from './fleet/raw-client.ts';
import { echo } from './fleet/replica.ts';

const {
  replica: startReplica,
  rawReplica: startRawReplica,
  stoppedReplica: startStoppedReplica,
  gateway: startGateway,
} = opened();

const SWITCHED = 'HTTP/1.1 101 X\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n';

/** All that a request has is many times what a connect has. */
const settings = { UPSTREAM_BALANCER: 'round-robin', UPSTREAM_DEADLINE_MS: '5000' };

describe('a replica that neither takes a connection nor refuses it', () => {
  it.each(['GET', 'POST'])('costs a %s the time of a connect, not that of an attempt', async (method) => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([await startStoppedReplica(), replica], settings);
    const options = { method, ...(method === 'POST' && { body: '{}' }) };
    const replies = [await ask(gateway.port, '/api/jobs', options), await ask(gateway.port, '/api/jobs', options)];
    expect(replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(gateway.releases).toContain('refused');
    expect(gateway.releases).not.toContain('timeout');
  });

  it('is given up after 300 ms, whatever the clock of the HTTP client', async () => {
    const gateway = await startGateway([await startStoppedReplica(), await startReplica('api-1', echo)], settings);
    for (let at = 0; at < 4; at += 1) await ask(gateway.port, '/api/');
    const refused = gateway.uses.filter(({ outcome }) => outcome === 'refused');
    expect(refused.length).toBeGreaterThan(0);
    // A busy machine may be late for some of them.
    const soonestMs = Math.min(...refused.map(({ pickedMs, endedMs }) => endedMs! - pickedMs));
    expect(soonestMs).toBeGreaterThan(290);
    expect(soonestMs).toBeLessThan(900);
  });

  it('costs an upgrade that time as well', async () => {
    const replica = await startRawReplica((socket) => void socket.write(SWITCHED));
    const gateway = await startGateway([await startStoppedReplica(), replica], settings);
    const clients = [1, 2].map(() => openRawClient(gateway.port, get('/api/chat', UPGRADE)));
    await until(() => clients.every(({ text }) => text().includes('\r\n\r\n')));
    expect(clients.map(({ text }) => text().split(' ')[1])).toEqual(['101', '101']);
    expect(gateway.releases).toEqual(['refused']);
    for (const { socket } of clients) socket.destroy();
  });
});
