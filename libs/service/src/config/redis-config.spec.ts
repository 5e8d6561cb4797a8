import { describe, expect, it } from '@jest/globals';
import { ConfigError, loadConfig } from './environment.ts';
import { redisConfig } from './redis-config.ts';

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    loadConfig(redisConfig(), environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  return [];
};

describe('redisConfig', () => {
  it.each(['redis://a', 'rediss://a', 'redis+sentinel://a,b/main', 'rediss+cluster://a,b'])('takes %s', (url) => {
    expect(loadConfig(redisConfig(), { REDIS_URL: url }).REDIS_URL).toBe(url);
  });

  it.each(['http://a', 'redis+other://a', 'sentinel://a'])('refuses %s, and does not quote it', (url) => {
    expect(faultsOf({ REDIS_URL: url })).toEqual([expect.stringMatching(/^REDIS_URL: begins with redis:/)]);
  });

  it('reads the certificates of the authorities at boot, where a wrong path or file is a fault', () => {
    expect(faultsOf({ REDIS_CACERT: import.meta.filename })).toEqual([
      expect.stringMatching(/REDIS_CACERT: .*no PEM of certificates/),
    ]);
    expect(faultsOf({ REDIS_CACERT: '/nowhere/ca.pem' })).toEqual([expect.stringMatching(/REDIS_CACERT.*ENOENT/)]);
  });
});
