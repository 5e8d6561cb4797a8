import { describe, expect, it } from '@jest/globals';
import { createConsulClient } from './client.ts';

type Reply = Response | Error;

/** A fetch that gives a scripted reply by host and keeps what it was asked. */
function scripted(replies: Record<string, () => Reply>) {
  const asked: { url: string; init: RequestInit | undefined }[] = [];
  const send: typeof fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    asked.push({ url: url.href, init });
    const reply = replies[url.host]?.() ?? new Error('unknown host');
    return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
  };
  return { asked, send };
}

const json = (body: unknown, headers: Record<string, string> = {}, status = 200): Response =>
  Response.json(body, { status, headers });

const addresses = ['http://a:1', 'http://b:2'];
const request = { path: '/v1/x', timeoutMs: 1_000 };

describe('createConsulClient', () => {
  it('sends token, query and body, and reads body and index', async () => {
    const { asked, send } = scripted({ 'a:1': () => json([1], { 'x-consul-index': '42' }) });
    const client = createConsulClient({ addresses, token: 'secret', fetch: send });
    const answer = await client.request({ ...request, method: 'PUT', query: { wait: '1s' }, body: { a: 1 } });
    expect(answer).toEqual({ status: 200, index: 42, body: [1], address: 'http://a:1' });
    expect(asked[0]).toMatchObject({
      url: 'http://a:1/v1/x?wait=1s',
      init: { method: 'PUT', body: '{"a":1}', headers: { 'x-consul-token': 'secret' } },
    });
  });

  it.each([['nonsense'], ['-1'], ['1.5'], [''], ['0x2a'], ['1e3'], ['+7'], ['42, 43']])(
    'reads the index "%s" as none',
    async (index) => {
      const { send } = scripted({ 'a:1': () => json([], { 'x-consul-index': index }) });
      await expect(createConsulClient({ addresses, fetch: send }).request(request)).resolves.toMatchObject({
        index: 0,
      });
    },
  );

  it('takes the next address after a fault, and stays with the one that answered', async () => {
    const down = new Error('down');
    const { asked, send } = scripted({ 'a:1': () => down, 'b:2': () => json([]) });
    const client = createConsulClient({ addresses, fetch: send });
    await client.request(request);
    await client.request(request);
    expect(asked.map(({ url }) => new URL(url).host)).toEqual(['a:1', 'b:2', 'b:2']);
  });

  it('asks one address only where it is told to, and then that one last', async () => {
    const { asked, send } = scripted({ 'a:1': () => new Error('down'), 'b:2': () => json([]) });
    const client = createConsulClient({ addresses, fetch: send });
    await expect(client.request({ ...request, address: 'http://a:1' })).rejects.toMatchObject({
      code: 'catalog_unavailable',
      message: 'consul GET /v1/x: down',
    });
    await client.request(request);
    expect(asked.map(({ url }) => new URL(url).host)).toEqual(['a:1', 'b:2']);
  });

  it('takes the next address when one has no leader', async () => {
    const { send } = scripted({
      'a:1': () => new Response('No cluster leader', { status: 500 }),
      'b:2': () => json([]),
    });
    const answer = await createConsulClient({ addresses, fetch: send }).request(request);
    expect(answer.address).toBe('http://b:2');
  });

  it('says what each address answered when none is left, and never the token', async () => {
    const { send } = scripted({
      'a:1': () => new Response('No cluster leader', { status: 500 }),
      'b:2': () => new Error('down'),
    });
    const failing = createConsulClient({ addresses, token: 'secret', fetch: send }).request(request);
    await expect(failing).rejects.toMatchObject({
      code: 'catalog_unavailable',
      message: 'consul GET /v1/x: http://a:1 answered 500: No cluster leader; down',
    });
  });

  it('does not carry a refusal to the next address, unless the status is an answer', async () => {
    const { asked, send } = scripted({ 'a:1': () => new Response('Permission denied', { status: 403 }) });
    const client = createConsulClient({ addresses, fetch: send });
    await expect(client.request(request)).rejects.toMatchObject({ code: 'catalog_refused' });
    await expect(client.request({ ...request, accept: [403] })).resolves.toMatchObject({ status: 403 });
    expect(asked).toHaveLength(2);
  });

  it('ends with the reason of its signal and asks nobody else', async () => {
    const stop = new AbortController();
    const { asked, send } = scripted({
      'a:1': () => {
        stop.abort(new Error('enough'));
        return new Error('aborted');
      },
    });
    const asking = createConsulClient({ addresses, fetch: send }).request({ ...request, signal: stop.signal });
    await expect(asking).rejects.toThrow('enough');
    expect(asked).toHaveLength(1);
  });
});
