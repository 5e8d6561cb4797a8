import { describe, expect, it } from '@jest/globals';
import { parseRequest } from './protocol.ts';

describe('parseRequest', () => {
  it.each([
    { do: 'up', counts: { api: 1 }, host: '127.0.0.1' },
    { do: 'scale', service: 'worker', count: 4 },
    { do: 'restart', service: 'worker' },
    { do: 'down' },
    { do: 'acquire', linger_ms: 0 },
    { do: 'server', name: 'redis', how: 'kill' },
  ])('knows %j', (request) => {
    expect(parseRequest(JSON.stringify(request))).toEqual(request);
  });

  it.each([
    { do: 'fly' },
    { do: 'up', counts: { api: -1 }, host: '127.0.0.1' },
    { do: 'up', counts: { db: 1 }, host: '127.0.0.1' },
    { do: 'scale', service: 'worker', count: 1_000 },
    { do: 'restart', service: 'db' },
    { do: 'acquire', linger_ms: -1 },
    { do: 'server', name: 'db', how: 'stop' },
  ])('refuses %j', (request) => {
    expect(() => parseRequest(JSON.stringify(request))).toThrow(/does not know the request/);
  });
});
