import { describe, expect, it } from '@jest/globals';
import { keyFault } from './traefik-keys.ts';

describe('keyFault', () => {
  it.each([
    ['traefik.enable', 'true'],
    ['traefik.docker.network', 'x_inner'],
    ['traefik.http.routers.api-host.rule', 'Host(`x`)'],
    ['traefik.HTTP.Routers.x.entryPoints', 'web'],
    ['traefik.http.services.x.loadbalancer.server.port', '3000'],
    ['traefik.http.services.x.loadbalancer.servers[0].url', 'http://x'],
    ['traefik.http.services.x.loadbalancer.healthcheck.interval', '1s'],
    ['traefik.http.middlewares.x.headers.customrequestheaders.x-y', ''],
    ['traefik.http.serverstransports.once.maxidleconnsperhost', '-1'],
    ['traefik.tls.stores.default.defaultcertificate.certfile', '/x'],
  ])('%s is right', (key, value) => expect(keyFault(key, value)).toBeUndefined());

  it.each([
    ['traefik.http.routers.x.rul', 'Host(`x`)', 'is no key'],
    ['traefik.http.router.x.rule', 'Host(`x`)', 'is no key'],
    ['traefik.enabled', 'true', 'is no key'],
    ['traefik.http.services.x.loadbalancer.healthcheck.intervall', '1s', 'is no key'],
    ['traefik.http.services.x.loadbalancer.servers.url', 'http://x', 'is no key'],
    ['traefik.http.middlewares.x.compress', 'true', 'is no key'],
    ['traefik.http.routers.a.b.rule', 'Host(`x`)', 'is no key'],
    ['traefik.enable', 'yes', 'true or false'],
    ['traefik.http.routers.x.priority', 'high', 'a whole number'],
    ['traefik.http.routers.x.rule', ' ', 'some text'],
    ['traefik.http.services.x.loadbalancer.healthcheck.interval', '1000', 'with its unit'],
  ])('%s=%s is wrong', (key, value, fault) => expect(keyFault(key, value)).toContain(fault));
});
