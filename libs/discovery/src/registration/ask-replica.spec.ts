import { afterEach, expect, it, jest } from '@jest/globals';
import { answeredDuringStall } from '@nestfleet/timing/testing';
import { askReplica } from './ask-replica.ts';
import { READINESS } from './health-check.ts';

afterEach(() => void jest.restoreAllMocks());

it('takes what a replica has said while our own process stood still', async () => {
  const said = { service: 'api', instance_id: 'api-1' };
  const reply = await answeredDuringStall(READINESS.timeoutMs + 20, (arriving) => {
    jest.spyOn(globalThis, 'fetch').mockImplementation(
      (_url, init) =>
        new Promise((resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
          void arriving.then(() => resolve(Response.json(said)));
        }),
    );
    return askReplica({ address: '127.0.0.1', port: 1, meta: {} });
  });
  expect(reply).toEqual({ status: 200, service: 'api', instanceId: 'api-1' });
});

it.each([
  [{}, 'http://127.0.0.1:1/readyz'],
  [{ check_path: '/health?deep=1' }, 'http://127.0.0.1:1/health?deep=1'],
  [{ check_path: '//192.0.2.1/x' }, undefined],
  [{ check_path: 'http://192.0.2.1/x' }, undefined],
])('asks an entry with %j at %s', async (meta, expected) => {
  const asked: string[] = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation((url) => {
    asked.push(new Request(url).url);
    return Promise.resolve(Response.json({}));
  });
  await askReplica({ address: '127.0.0.1', port: 1, meta });
  expect(asked).toEqual(expected === undefined ? [] : [expected]);
});
