import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { consulConfig } from './consul-config.ts';
import { loadConfig } from './environment.ts';

describe('consulConfig', () => {
  it('reads certificates from the paths that Consul names', () => {
    const directory = mkdtempSync(join(tmpdir(), 'nestfleet-pem-'));
    const path = join(directory, 'ca.pem');
    writeFileSync(path, rootCertificates[0]!);
    expect(loadConfig(consulConfig(), { CONSUL_CACERT: path }).CONSUL_CACERT).toBe(rootCertificates[0]);
    rmSync(directory, { recursive: true });
    expect(() => loadConfig(consulConfig(), { CONSUL_CACERT: path })).toThrow(
      /CONSUL_CACERT: the file cannot be read \(ENOENT\)/,
    );
  });

  it('reads what the entry says', () => {
    const config = loadConfig(consulConfig(), {
      SERVICE_TAGS: 'blue, canary',
      SERVICE_META: 'zone=eu-1,team=a=b',
      SERVICE_WEIGHT: '3',
    });
    expect(config.SERVICE_TAGS).toEqual(['blue', 'canary']);
    expect(config.SERVICE_META).toEqual({ zone: 'eu-1', team: 'a=b' });
    expect(config.SERVICE_WEIGHT).toBe(3);
    expect(loadConfig(consulConfig(), {})).toEqual({ SERVICE_TAGS: [], SERVICE_META: {}, SERVICE_WEIGHT: 1 });
  });

  it.each([
    ['SERVICE_META', 'zone'],
    ['SERVICE_META', 'a b=c'],
    ['SERVICE_WEIGHT', '0'],
    ['SERVICE_WEIGHT', '1.5'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => loadConfig(consulConfig(), { [name]: value })).toThrow(name);
  });
});
