import { describe, expect, it } from '@jest/globals';
import { replicaEnv, serverEnv } from './environment.ts';

const settings = {
  slot: 2,
  name: 'api-2',
  namespace: 'nf',
  redisUrl: 'redis://127.0.0.1:1',
  consulAddress: 'http://127.0.0.1:2',
  discoveryDir: '/s/discovery',
  compileCacheDir: '/s/cache',
  balancer: 'gateway',
  hasPublicFd: false,
  secrets: { session_keys: 'k', ops_token: 'o', control_token: 'c' },
};

describe('replicaEnv', () => {
  it('sets what makes it this replica, whatever the caller has', () => {
    const env = replicaEnv({ PORT: '8080', REDIS_URL: 'redis://other', INSTANCE_NAME: 'x', PUBLIC_FD: '9' }, settings);
    expect(env).toMatchObject({ PORT: '0', REDIS_URL: 'redis://127.0.0.1:1', INSTANCE_NAME: 'api-2', SLOT: '2' });
    expect(env).not.toHaveProperty('PUBLIC_FD');
  });

  it('lets the caller choose the rest', () => {
    expect(replicaEnv({ LOG_LEVEL: 'warn', RATE_LIMIT: '5', BALANCER: 'haproxy' }, settings)).toMatchObject({
      LOG_LEVEL: 'warn',
      RATE_LIMIT: '5',
      BALANCER: 'gateway',
      QUICKSTART_ROUTES: 'true',
    });
  });

  it('keeps what npm, make, Nx and Jest left away from the fleet', () => {
    const left = { NODE_OPTIONS: '--x', npm_config_a: '1', NX_TASK_HASH: '1', MAKEFLAGS: 'w', JEST_WORKER_ID: '1' };
    const names = Object.keys(replicaEnv(left, settings));
    expect(names.filter((name) => name in left)).toEqual([]);
    expect(serverEnv({ ...left, CONSUL_HTTP_ADDR: 'http://other', PATH: '/bin' })).toEqual({ PATH: '/bin' });
  });

  it('tells a gateway where the shared socket is', () => {
    expect(replicaEnv({}, { ...settings, balancer: 'gateway', hasPublicFd: true })).toMatchObject({ PUBLIC_FD: '3' });
  });
});
