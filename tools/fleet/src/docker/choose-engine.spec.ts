import { describe, expect, it } from '@jest/globals';
import { readFleetOptions, type FleetOptions, type Engine } from '../core/options.ts';
import { chooseEngine, needsDockerStatus, type DockerStatus } from './choose-engine.ts';

const there: DockerStatus = { versions: 'Docker 26, Compose 2.26' };
const absent: DockerStatus = { unavailable: 'no such program' };

describe('chooseEngine', () => {
  it.each<[string, FleetOptions, Engine | undefined, DockerStatus | undefined, Engine]>([
    ['Docker where it answers', {}, undefined, there, 'docker'],
    ['processes where it does not', {}, undefined, absent, 'local'],
    ['what was named', { engine: 'local' }, undefined, undefined, 'local'],
    [
      'what was named, with an edge proxy that it has',
      { engine: 'local', balancer: 'gateway' },
      undefined,
      undefined,
      'local',
    ],
    ['processes where they can do it', { balancer: 'haproxy-consul' }, undefined, absent, 'local'],
    [
      'processes for a list of edge proxies',
      { balancer: 'gateway', externalProxies: ['traefik-consul'] },
      undefined,
      there,
      'local',
    ],
    ['Docker where both can', { balancer: 'haproxy-consul' }, undefined, there, 'docker'],
    ['what was named', { engine: 'docker', balancer: 'haproxy', tls: true }, undefined, there, 'docker'],
    ['what is up, though Docker answers', {}, 'local', undefined, 'local'],
    ['what is up', {}, 'docker', there, 'docker'],
    ['switched off is not asked for', { tls: false, prometheus: false }, undefined, absent, 'local'],
  ])('takes %s', (_, options, running, docker, engine) => {
    expect(chooseEngine(options, running, docker)).toBe(engine);
  });

  it.each<[FleetOptions, Engine | undefined, DockerStatus | undefined, string, RegExp]>([
    [{ engine: 'docker' }, undefined, absent, 'no_docker', /no such program/],
    [{ balancer: 'traefik', prometheus: true }, undefined, absent, 'no_docker', /BALANCER=traefik PROMETHEUS=1 needs/],
    [{}, 'docker', absent, 'no_docker', /no such program/],
    [
      { engine: 'local', balancer: 'haproxy' },
      undefined,
      undefined,
      'bad_argument',
      /BALANCER=haproxy needs ENGINE=docker/,
    ],
    [{ engine: 'docker', externalProxies: ['traefik'] }, undefined, there, 'bad_argument', /name one BALANCER/],
    [{ tls: true }, 'local', undefined, 'bad_argument', /TLS=1 needs/],
    [{ engine: 'local' }, 'docker', there, 'other_fleet', /docker engine is up.*make down first/],
    [{ engine: 'docker' }, 'local', undefined, 'other_fleet', /local engine is up/],
  ])('refuses %j while %s is up', (options, running, docker, code, message) => {
    expect(() => chooseEngine(options, running, docker)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

it('Docker is not waited for where its answer changes nothing', () => {
  expect(needsDockerStatus({ engine: 'local' }, undefined)).toBe(false);
  expect(needsDockerStatus({}, 'local')).toBe(false);
  expect(needsDockerStatus({}, undefined)).toBe(true);
  expect(needsDockerStatus({ engine: 'docker' }, undefined)).toBe(true);
  expect(needsDockerStatus({}, 'docker')).toBe(true);
});

describe('readFleetOptions', () => {
  it('sends whoever means Kubernetes to kubectl', () =>
    expect(() => readFleetOptions({ ENGINE: 'kubernetes' })).toThrow('kubectl apply -k deploy/kubernetes'));

  it('takes an empty setting for none', () => {
    expect(Object.values(readFleetOptions({ ENGINE: '', BALANCER: '', TLS: '' })).filter(Boolean)).toEqual([]);
    expect(readFleetOptions({ ENGINE: 'docker', BALANCER: 'haproxy-consul', TLS: '1', PROMETHEUS: '0' })).toMatchObject(
      {
        engine: 'docker',
        balancer: 'haproxy-consul',
        tls: true,
        prometheus: false,
      },
    );
  });

  it('takes a list of edge proxies', () => {
    expect(readFleetOptions({ BALANCER: 'gateway,traefik-consul' })).toMatchObject({
      balancer: 'gateway',
      externalProxies: ['traefik-consul'],
    });
  });

  it.each([
    [{ ENGINE: 'podman' }, /ENGINE is "podman", expected one of local, docker/],
    [{ BALANCER: 'nginx' }, /haproxy-consul/],
    [{ BALANCER: 'gateway,nginx' }, /"nginx"/],
    [{ TLS: 'yes' }, /TLS is "yes", expected 1 or 0/],
    [{ NESTFLEET_PROJECT: 'My Fleet' }, /small letters/],
  ])('refuses %j', (env, message) => {
    expect(() => readFleetOptions(env)).toThrow(message);
  });
});
