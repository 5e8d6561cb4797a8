import { describe, expect, it } from '@jest/globals';
import { checkUnchanged, newChoice, namedSecrets } from './choice.ts';
import { logArgs } from './logs.ts';
import { defaultProject, dockerPaths } from './paths.ts';

const own = { root: '/src/fleet', options: {} };

describe('newChoice', () => {
  it('of the clone itself shares its secrets with Compose by hand; another stack folder has its own', () => {
    expect(newChoice(own, dockerPaths('/src/fleet/.stack'), {})).toMatchObject({
      balancer: 'gateway',
      own_secrets: '/src/fleet/deploy/secrets',
    });
    const other = newChoice(own, dockerPaths('/tmp/other'), {});
    expect(other).toMatchObject({ own_secrets: '/tmp/other/docker/secrets', own_tag: other.project });
  });

  it('what a person named is not ours to remove', () => {
    const env = { SECRETS_DIR: '../mine', NESTFLEET_TAG: '1.2.3' };
    expect(newChoice(own, dockerPaths('/tmp/other'), env)).toMatchObject({ own_secrets: null, own_tag: null });
    expect(namedSecrets(own, env)).toBe('/src/fleet/mine');
  });
});

describe('checkUnchanged', () => {
  const kept = newChoice({ ...own, options: { balancer: 'haproxy', tls: true } }, dockerPaths('/tmp/a'), {});
  it('stays when nothing else is asked for', () => {
    for (const [options, port] of [
      [{}, undefined],
      [{ balancer: 'haproxy' as const, tls: true, prometheus: false }, 8080],
      [{}, 0],
    ] as const)
      expect(() => checkUnchanged(options, kept, port, 8080)).not.toThrow();
  });
  it.each([
    [{ balancer: 'traefik' as const }, undefined, /up with balancer haproxy and stays; make down first/],
    [{ tls: false, prometheus: true }, undefined, /tls true, prometheus false/],
    [{}, 9000, /port 8080/],
  ])('refuses %j with port %s', (options, port, message) => {
    expect(() => checkUnchanged(options, kept, port, 8080)).toThrow(message);
  });
});

it('two stack folders, and two clones, never have one project name', () => {
  const names = [
    defaultProject('/a/My Fleet_2', '/a/My Fleet_2/.stack'),
    defaultProject('/b/My Fleet_2', '/b/My Fleet_2/.stack'),
    defaultProject('/a/My Fleet_2', '/tmp/other'),
    defaultProject('/nestfleet', '/nestfleet/.stack'),
    defaultProject('/', '/.stack'),
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(names[0]).toMatch(/^nestfleet-my-fleet-2-[0-9a-f]{6}$/);
  for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9_-]{0,62}$/);
  expect(names[3]).toMatch(/^nestfleet-[0-9a-f]{6}$/);
});

describe('logArgs', () => {
  const services = ['api', 'frontend-gateway', 'redis', 'socket-proxy'];
  it.each([
    [undefined, []],
    ['api', ['api']],
    ['gateway', ['frontend-gateway']],
    ['gateway-2', ['--index', '2', 'frontend-gateway']],
    ['api-12', ['--index', '12', 'api']],
    ['socket-proxy', ['socket-proxy']],
  ])('of %s', (word, rest) => {
    expect(logArgs(word, false, services)).toEqual(['logs', '--no-color', '--tail', '50', ...rest]);
  });
  it('follows, and refuses what is not there', () => {
    expect(logArgs('redis', true, services).slice(-2)).toEqual(['--follow', 'redis']);
    expect(() => logArgs('consul', false, services)).toThrow(/no logs of consul/);
  });
});
