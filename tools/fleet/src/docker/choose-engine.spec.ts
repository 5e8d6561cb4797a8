import { describe, expect, it } from '@jest/globals';
import { readAsked, type Asked, type Engine } from './asked.ts';
import { chooseEngine, mustAskDocker, type DockerAnswer } from './choose-engine.ts';

const there: DockerAnswer = { versions: 'Docker 26, Compose 2.26' };
const away: DockerAnswer = { lacks: 'no such program' };

describe('chooseEngine', () => {
  it.each<[string, Asked, Engine | undefined, DockerAnswer | undefined, Engine]>([
    ['Docker where it answers', {}, undefined, there, 'docker'],
    ['processes where it does not', {}, undefined, away, 'local'],
    ['what was named', { engine: 'local' }, undefined, undefined, 'local'],
    [
      'what was named, with a door that it has',
      { engine: 'local', balancer: 'gateway' },
      undefined,
      undefined,
      'local',
    ],
    ['processes where they can do it', { balancer: 'haproxy-consul' }, undefined, away, 'local'],
    [
      'processes for a list of doors',
      { balancer: 'gateway', alsoBehind: ['traefik-consul'] },
      undefined,
      there,
      'local',
    ],
    ['Docker where both can', { balancer: 'haproxy-consul' }, undefined, there, 'docker'],
    ['what was named', { engine: 'docker', balancer: 'haproxy', tls: true }, undefined, there, 'docker'],
    ['what is up, though Docker answers', {}, 'local', undefined, 'local'],
    ['what is up', {}, 'docker', there, 'docker'],
    ['switched off is not asked for', { tls: false, prometheus: false }, undefined, away, 'local'],
  ])('takes %s', (_, asked, running, docker, engine) => {
    expect(chooseEngine(asked, running, docker)).toBe(engine);
  });

  it.each<[Asked, Engine | undefined, DockerAnswer | undefined, string, RegExp]>([
    [{ engine: 'docker' }, undefined, away, 'no_docker', /no such program/],
    [{ balancer: 'traefik', prometheus: true }, undefined, away, 'no_docker', /BALANCER=traefik PROMETHEUS=1 needs/],
    [{}, 'docker', away, 'no_docker', /no such program/],
    [
      { engine: 'local', balancer: 'haproxy' },
      undefined,
      undefined,
      'bad_argument',
      /BALANCER=haproxy needs ENGINE=docker/,
    ],
    [{ engine: 'docker', alsoBehind: ['traefik'] }, undefined, there, 'bad_argument', /name one BALANCER/],
    [{ tls: true }, 'local', undefined, 'bad_argument', /TLS=1 needs/],
    [{ engine: 'local' }, 'docker', there, 'other_fleet', /docker engine is up.*make down first/],
    [{ engine: 'docker' }, 'local', undefined, 'other_fleet', /local engine is up/],
  ])('refuses %j while %s is up', (asked, running, docker, code, message) => {
    expect(() => chooseEngine(asked, running, docker)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

it('Docker is not waited for where its answer changes nothing', () => {
  expect(mustAskDocker({ engine: 'local' }, undefined)).toBe(false);
  expect(mustAskDocker({}, 'local')).toBe(false);
  expect(mustAskDocker({}, undefined)).toBe(true);
  expect(mustAskDocker({ engine: 'docker' }, undefined)).toBe(true);
  expect(mustAskDocker({}, 'docker')).toBe(true);
});

describe('readAsked', () => {
  it('takes an empty setting for none', () => {
    expect(Object.values(readAsked({ ENGINE: '', BALANCER: '', TLS: '' })).filter(Boolean)).toEqual([]);
    expect(readAsked({ ENGINE: 'docker', BALANCER: 'haproxy-consul', TLS: '1', PROMETHEUS: '0' })).toMatchObject({
      engine: 'docker',
      balancer: 'haproxy-consul',
      tls: true,
      prometheus: false,
    });
  });

  it('takes a list of doors', () => {
    expect(readAsked({ BALANCER: 'gateway,traefik-consul' })).toMatchObject({
      balancer: 'gateway',
      alsoBehind: ['traefik-consul'],
    });
  });

  it.each([
    [{ ENGINE: 'podman' }, /ENGINE is "podman", expected one of local, docker/],
    [{ BALANCER: 'nginx' }, /haproxy-consul/],
    [{ BALANCER: 'gateway,nginx' }, /"nginx"/],
    [{ TLS: 'yes' }, /TLS is "yes", expected 1 or 0/],
    [{ NESTFLEET_PROJECT: 'My Fleet' }, /small letters/],
  ])('refuses %j', (env, message) => {
    expect(() => readAsked(env)).toThrow(message);
  });
});
