import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ask, until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { get, openRawClient, type RawClient, UPGRADE } from './fleet/raw-client.ts';

const { replica: startReplica, gateway: startGateway } = opened();
const clients: RawClient[] = [];
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});

/** A gateway before a replica that answers `/held` when told to, and a client that has sent all of this in one write. */
async function sent(...requests: readonly string[]) {
  const held: ServerResponse[] = [];
  const replica = await startReplica('api-1', (request, response) => {
    if (request.url === '/held') held.push(response);
    else response.end(`answer to ${request.url}`);
  });
  const gateway = await startGateway([replica]);
  const send = (): RawClient => {
    const client = openRawClient(gateway.port, requests.join(''));
    clients.push(client);
    return client;
  };
  return { gateway, replica, held, send };
}

const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status!);

describe('an upgrade behind a request that is not answered yet', () => {
  it.each([
    ['one', [get('/api/held')], ['200', '400']],
    ['several', [get('/api/held'), get('/api/b'), get('/nothing')], ['200', '200', '404', '400']],
  ])('leaves the answers whole and in order, behind %s, and is refused', async (_count, earlier, expected) => {
    const { gateway, replica, held, send } = await sent(...earlier, get('/api/chat', UPGRADE));
    const { text } = send();
    await until(() => held.length === 1);
    expect(text()).toBe('');
    held[0]!.end('the first answer');
    await until(() => statuses(text()).length === expected.length && text().endsWith('}'));
    expect(statuses(text())).toEqual(expected);
    expect(text()).toContain('the first answer');
    expect(replica.seen.map(({ url }) => url)).not.toContain('/chat');
    await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === gateway.picks.length);
  });

  it.each([
    ['as Node asks', undefined],
    ['where Node has taken the connection away unasked', () => true],
  ])('opens nothing behind an answer that has ended the connection, %s', async (_name, shouldUpgradeCallback) => {
    const refused = 'OPTIONS /api/x HTTP/1.1\r\nhost: x\r\nexpect: what\r\n\r\n';
    const { gateway, replica, held, send } = await sent(get('/api/held'), refused, get('/api/b'));
    if (shouldUpgradeCallback) Object.assign(gateway.http, { shouldUpgradeCallback });
    const { socket, text } = send();
    await until(() => held.length === 1);
    held[0]!.end('the first answer');
    await until(() => gateway.connections[0]!.writableEnded);
    socket.write(get('/api/chat', UPGRADE));
    await until(() => socket.bytesWritten === gateway.connections[0]!.bytesRead);
    await until(() => socket.destroyed || socket.readableEnded);
    socket.destroy();
    await until(() => gateway.lifecycle.inFlight === 0 && gateway.connections[0]!.closed);
    expect(statuses(text())).toEqual(['200', '417']);
    expect(replica.seen.map(({ url }) => url)).toEqual(['/held']);
  });

  it('does no harm where its client goes before any answer', async () => {
    const { gateway, held, send } = await sent(get('/api/held'), get('/api/chat', UPGRADE));
    const { socket } = send();
    await until(() => held.length === 1);
    socket.resetAndDestroy();
    await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === 1);
    expect((await ask(gateway.port, '/api/')).status).toBe(200);
  });

  it('ends the connection behind the answer where Node has taken the connection away unasked', async () => {
    const { gateway, held, send } = await sent(get('/api/held'), get('/api/chat', UPGRADE));
    // As Node before 24.9 does for every request with the header.
    Object.assign(gateway.http, { shouldUpgradeCallback: () => true });
    const { text, ended } = send();
    await until(() => held.length === 1);
    // More than the buffers of the connection take, so that the rest waits for its reader.
    const large = Buffer.alloc(8 * 1024 * 1024, 'a');
    held[0]!.end(large);
    await until(ended, 20_000);
    expect(statuses(text())).toEqual(['200']);
    expect(text().length).toBeGreaterThan(large.length);
    await until(() => gateway.lifecycle.inFlight === 0);
    expect((await ask(gateway.port, '/api/')).status).toBe(200);
  });
});
