import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ContainerFleet, containerFleet, SERVICE_NAMES } from '@nestfleet/contracts';
import { resolve } from 'node:path';
import { freePort } from '@nestfleet/redis/testing';
import { Fleet } from '../src/driver/make-fleet.ts';
import { until } from '../src/client/until.ts';
import { attempt, docker } from '../src/driver/docker.ts';
import { engineLacks } from './engine.ts';

const config = resolve(import.meta.dirname, '../../../deploy/prometheus');
const image = `${process.env['PROMETHEUS_IMAGE'] ?? 'prom/prometheus'}:${process.env['PROMETHEUS_TAG'] ?? 'v3.5.3'}`;
const lacks = (await engineLacks()) ?? (await prometheusLacks());
if (lacks !== undefined && process.env['CI']) throw new Error(`NO PROMETHEUS WITH CONSUL IN AN ENGINE: ${lacks}`);
if (lacks !== undefined) console.warn(`PROMETHEUS IS NOT TESTED WITH THE TARGETS OF CONSUL. ${lacks}`);
const withPrometheus = lacks === undefined ? describe : describe.skip;

/** Debian's image of today is built without Consul and refuses the configuration. */
async function prometheusLacks(): Promise<string | undefined> {
  const order = ['run', '--rm', '--volume', `${config}:/etc/prometheus:ro`, '--entrypoint', 'promtool', image];
  const { code, out, err } = await attempt('docker', [...order, 'check', 'config', '/etc/prometheus/prometheus.yml']);
  return code === 0 ? undefined : `${image}: ${out}${err}`.trim();
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const names = ({ replicas }: ContainerFleet) => replicas.map(({ service, instance_id: id }) => `${service} ${id}`);

withPrometheus('Prometheus', () => {
  const project = `nestfleet-prometheus-${process.pid}`;
  let fleet: Fleet;
  beforeAll(async () => {
    const edgeProxy = { BALANCER: 'haproxy', PORT: String(await freePort()) };
    fleet = new Fleet({ ENGINE: 'docker', PROMETHEUS: '1', NESTFLEET_PROJECT: project, ...edgeProxy });
    await fleet.make('up', { API: 2, GATEWAY: 1, WORKER: 1 }, 600_000);
  }, 660_000);
  afterAll(async () => {
    await fleet.tryMake('clean');
    await fleet?.dispose();
  }, 120_000);

  const state = async (): Promise<ContainerFleet> =>
    containerFleet.parse(JSON.parse(await fleet.make('ps', { JSON: 1 })));
  /** Asked as deploy/README says. */
  const ask = async (query: string): Promise<Sample[]> => {
    const container = (await state()).servers.find(({ name }) => name === 'prometheus')?.container.id ?? '';
    const order = ['promtool', 'query', '-o', 'json', 'instant', 'http://localhost:9090', query];
    return JSON.parse(await docker('exec', container, ...order)) as Sample[];
  };

  it('has every replica that Consul lists for a target, by the names that it has there', async () => {
    const wanted = names(await state()).toSorted();
    const seen = async (): Promise<string[]> => {
      const samples = await ask('up{job="nestfleet", version!=""} == 1');
      return samples.map(({ metric: { service, instance } }) => `${service} ${instance}`).toSorted();
    };
    await until('all are up', async () => (await seen()).length === wanted.length, 60_000, 1_000);
    expect(await seen()).toEqual(wanted);
    expect(await ask('count by (service) (nestfleet_process_resident_memory_bytes)')).toHaveLength(
      SERVICE_NAMES.length,
    );
  }, 90_000);

  it('sees that one is dead before Consul has forgotten it', async () => {
    const victim = (await state()).replicas.find(({ service }) => service === 'api');
    await docker('kill', victim?.container.id ?? '');
    const { value: down } = await until(
      'one is down',
      async () => {
        const samples = await ask('up == 0');
        return samples.length > 0 ? samples : undefined;
      },
      30_000,
      1_000,
    );
    expect(down.map(({ metric }) => metric['instance'])).toEqual([victim?.instance_id]);
  }, 60_000);
});
