import { describe, expect, it } from '@jest/globals';
import { clusterArguments, readCluster } from './kubectl.ts';

const isFile = (path: string): boolean => path === '/there';
const named = { KUBECONFIG: '/there', CONTEXT: 'staging' };

describe('the cluster', () => {
  it('is what was named by hand, in every command', () => {
    const cluster = readCluster(named, isFile);
    expect(cluster).toEqual({ kubeconfig: '/there', context: 'staging', program: 'kubectl' });
    expect(clusterArguments(cluster, 'ns')).toEqual(['--kubeconfig=/there', '--context=staging', '--namespace=ns']);
  });

  it.each([
    [{ KUBECONFIG: '/there' }, 'the current context is never taken'],
    [{ CONTEXT: 'staging' }, 'name the cluster'],
    [{ ...named, CONTEXT: '' }, 'name the cluster'],
    [{ ...named, KUBECONFIG: '/gone' }, 'names no file: /gone'],
    [{ ...named, EDGE: 'localhost:30080' }, 'EDGE is no origin'],
    [{ ...named, API_SERVER_STOP: 'stop it' }, 'together'],
  ])('is refused otherwise: %j', (env, words) => {
    expect(() => readCluster(env, isFile)).toThrow(words);
  });

  it('may have a kubectl, an edge, images and commands of its own', () => {
    const env = { ...named, NESTFLEET_KUBECTL: 'k', EDGE: 'http://h:30080', NESTFLEET_TAG: '7' };
    const hooks = { API_SERVER_STOP: 'stop it', API_SERVER_START: 'start it' };
    expect(readCluster({ ...env, ...hooks }, isFile)).toMatchObject({
      program: 'k',
      edgeUrl: 'http://h:30080',
      tag: '7',
      apiServer: { stop: 'stop it', start: 'start it' },
    });
  });
});
