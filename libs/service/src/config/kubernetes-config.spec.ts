import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './environment.ts';
import { kubernetesConfig } from './kubernetes-config.ts';

const load = (environment: Record<string, string>) => loadConfig(kubernetesConfig(), environment);

describe('kubernetesConfig', () => {
  it('takes what every pod has, and needs nothing elsewhere', () => {
    const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT_HTTPS: '443' };
    expect(load({ ...inPod, KUBERNETES_SERVICE_PORT: '443' })).toEqual({
      ...inPod,
      KUBERNETES_SERVICE_PORT_HTTPS: 443,
    });
    expect(load({})).toEqual({});
  });

  it.each([
    [{ KUBERNETES_API_SERVER: '10.96.0.1:443' }, /KUBERNETES_API_SERVER: is no http:\/\/ or https:\/\/ URL/],
    [{ KUBERNETES_API_SERVER: 'ftp://10.96.0.1' }, /KUBERNETES_API_SERVER/],
    [{ KUBERNETES_NAMESPACE: 'Shop' }, /KUBERNETES_NAMESPACE: lower case letters/],
    [{ KUBERNETES_SERVICE_PORT_HTTPS: '0' }, /KUBERNETES_SERVICE_PORT_HTTPS/],
  ])('refuses %j', (environment, message) => {
    expect(() => load(environment)).toThrow(message);
  });
});
