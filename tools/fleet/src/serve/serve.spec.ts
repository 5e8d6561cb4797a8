import { describe, expect, it } from '@jest/globals';
import { parentLost } from './parent-lost.ts';
import { serveEnv } from './serve.ts';

describe('serveEnv', () => {
  const servers = { REDIS_URL: 'redis://127.0.0.1:1', CONSUL_HTTP_ADDR: 'http://127.0.0.1:2' };

  it('leaves only the HTTP port to the app and asks for no drain delay', () => {
    expect(serveEnv({}, servers)).toEqual({
      ...servers,
      NODE_ENV: 'development',
      METRICS_PORT: '0',
      RPC_PORT: '0',
      CONTROL_PORT: '0',
      BALANCER: 'none',
    });
  });

  it('lets the environment choose', () => {
    const env = serveEnv({ RPC_PORT: '3100', BALANCER: 'gateway', NODE_ENV: 'test', PORT: '4000' }, servers);
    expect(env).toMatchObject({ RPC_PORT: '3100', BALANCER: 'gateway', NODE_ENV: 'test', PORT: '4000' });
  });
});

describe('parentLost', () => {
  it('resolves when an Nx task gets another parent', async () => {
    let options = 0;
    const hold = setTimeout(() => undefined, 5_000);
    await parentLost({ NX_TASK_TARGET_PROJECT: 'api' }, () => (options++ === 0 ? 77 : 1), 1);
    clearTimeout(hold);
    expect(options).toBe(2);
  });
});
