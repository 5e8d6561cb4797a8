import { describe, expect, it } from '@jest/globals';
import { noCounts } from '../core/services.ts';
import {
  checkCount,
  composeFiles,
  foreignImages,
  ownImages,
  publishedOn,
  publishedPorts,
  scaleArgs,
  wantedOf,
  type ComposeModel,
} from './compose-model.ts';

const model: ComposeModel = {
  services: {
    redis: { image: 'redis:8' },
    api: { image: 'nestfleet/api:dev', build: { context: '.' } },
    worker: { image: 'nestfleet/worker:dev', build: {} },
    'frontend-gateway': { image: 'nestfleet/gateway:dev', build: {}, ports: [{ target: 8080, published: '8080' }] },
  },
};
const behindProxy: ComposeModel = {
  services: {
    ...model.services,
    'frontend-gateway': {},
    'edge-proxy': {
      image: 'haproxy:3.2',
      environment: { API_SLOTS: '10', GATEWAY_SLOTS: '4' },
      ports: [
        { target: 8080, published: '80', host_ip: '10.0.0.1' },
        { target: 8081, published: '8081' },
        { target: 9000 },
      ],
    },
  },
};
const counts = { ...noCounts, api: 3, 'frontend-gateway': 1 };

it('the files are the base, the edge proxy, and what was added', () => {
  expect(composeFiles({ balancer: 'gateway', tls: false, prometheus: false })).toEqual([
    'deploy/compose.yaml',
    'deploy/compose.gateway.yaml',
  ]);
  expect(composeFiles({ balancer: 'haproxy-consul', tls: true, prometheus: true })).toEqual([
    'deploy/compose.yaml',
    'deploy/compose.haproxy-consul.yaml',
    'deploy/compose.tls.yaml',
    'deploy/compose.prometheus.yaml',
  ]);
  expect(() => composeFiles({ balancer: 'gateway', tls: true, prometheus: false })).toThrow(/TLS=1 needs a balancer/);
});

it('published ports open on one address, unless they name one', () => {
  expect(publishedPorts(publishedOn(behindProxy, '127.0.0.1'))).toEqual([
    { host: '10.0.0.1', port: 80 },
    { host: '127.0.0.1', port: 8081 },
  ]);
});

it('only what is not built is fetched', () => {
  expect(foreignImages(behindProxy)).toEqual(['redis:8', 'haproxy:3.2']);
  expect(ownImages(behindProxy)).toEqual(['nestfleet/api:dev', 'nestfleet/worker:dev']);
});

describe('numbers', () => {
  it('one of everything, and of the replicas as many as asked for', () => {
    expect(wantedOf(model, counts)).toEqual({ redis: 1, api: 3, worker: 0, 'frontend-gateway': 1 });
  });

  it('Compose is told those of the replicas only', () => {
    expect(scaleArgs(wantedOf(model, counts))).toEqual([
      '--scale',
      'api=3',
      '--scale',
      'worker=0',
      '--scale',
      'frontend-gateway=1',
    ]);
  });

  it('a gateway that is the edge proxy is there once', () => {
    expect(() => wantedOf(model, { ...counts, 'frontend-gateway': 2 })).toThrow(/2 gateway: .*edge proxy/);
    expect(wantedOf(behindProxy, { ...counts, 'frontend-gateway': 2 })).toMatchObject({ 'frontend-gateway': 2 });
  });

  it('no more replicas than the edge proxy has slots', () => {
    expect(() => checkCount(behindProxy, 'api', 11)).toThrow(/has 10 slots.*API_SLOTS=22/);
    expect(() => checkCount(behindProxy, 'frontend-gateway', 5)).toThrow(/has 4 slots.*GATEWAY_SLOTS=10/);
    checkCount(behindProxy, 'api', 10);
    checkCount(behindProxy, 'worker', 50);
  });
});
