import { afterEach, describe, expect, it } from '@jest/globals';
import { type Discovery, openDiscovery } from '@nestfleet/discovery';
import { Registry } from 'prom-client';
import { ClientBuffers } from './proxy/request-buffer.ts';
import { UpstreamMetrics } from './upstream-metrics.ts';

let discovery: Discovery | undefined;
afterEach(() => discovery?.close());

async function metricsOver(hosts: number) {
  const registry = new Registry();
  const clock = { nowMs: Date.now() };
  const metrics = new UpstreamMetrics(
    registry,
    () => opened.upstreams.all(),
    () => clock.nowMs,
  );
  const api = Array.from({ length: hosts }, (_, at) => `127.0.0.1:${at + 1}`);
  const opened = openDiscovery({ kind: 'fixed', services: { api } }, { observer: metrics.observer });
  discovery = opened;
  const upstream = opened.upstreams.of('api');
  await upstream.ready();
  const lines = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => /^\w/.test(line));
  return { metrics, upstream, lines, clock };
}

describe('UpstreamMetrics', () => {
  it('counts each attempt once, by what it showed', async () => {
    const { metrics, upstream, lines } = await metricsOver(1);
    const attempt = () => metrics.attempt(upstream.pick()!);
    const ok = attempt();
    ok.observe('ok');
    ok.release();
    ok.release('broken');
    const broken = attempt();
    broken.observe('ok');
    broken.release('broken');
    attempt().release('refused');
    attempt().release();
    metrics.retry('api');
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nestfleet_upstream_attempts_total{upstream="api",outcome="ok"} 1',
        'nestfleet_upstream_attempts_total{upstream="api",outcome="broken"} 1',
        'nestfleet_upstream_attempts_total{upstream="api",outcome="refused"} 1',
        'nestfleet_upstream_attempts_total{upstream="api",outcome="unknown"} 1',
        'nestfleet_upstream_retries_total{upstream="api"} 1',
      ]),
    );
  });

  it('leaves what a pick shows to its upstream', async () => {
    const { metrics, upstream } = await metricsOver(1);
    const attempt = metrics.attempt(upstream.pick()!);
    expect(upstream.members()[0]?.inFlight).toBe(1);
    attempt.release('refused');
    expect(upstream.members()[0]).toMatchObject({ inFlight: 0, why: 'refused' });
  });

  it('counts ejections by reason, and shows how many are ejected now', async () => {
    const { upstream, lines } = await metricsOver(2);
    expect(await lines()).toContain('nestfleet_upstream_ejected_instances{upstream="api"} 0');
    const [first, second] = upstream.members().map(({ instance: { id } }) => id);
    upstream.pick({ only: first! })?.release('refused');
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nestfleet_upstream_ejections_total{upstream="api",reason="refused"} 1',
        'nestfleet_upstream_ejected_instances{upstream="api"} 1',
      ]),
    );
    upstream.pick({ only: second! })?.release('refused');
    upstream.pick({ only: first! })?.release('ok');
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nestfleet_upstream_ejections_total{upstream="api",reason="refused"} 2',
        'nestfleet_upstream_ejected_instances{upstream="api"} 1',
      ]),
    );
  });

  it('counts what the retry budget was asked for', async () => {
    const { upstream, lines } = await metricsOver(1);
    let spent = 0;
    while (upstream.retries.take()) spent += 1;
    expect(await lines()).toEqual(
      expect.arrayContaining([
        `nestfleet_upstream_retry_budget_total{upstream="api",decision="spent"} ${spent}`,
        'nestfleet_upstream_retry_budget_total{upstream="api",decision="refused"} 1',
      ]),
    );
  });

  it('shows the bytes that are buffered now', async () => {
    const { metrics, lines } = await metricsOver(1);
    const buffers = new ClientBuffers();
    metrics.watchBuffers(buffers);
    buffers.add('192.0.2.1', 700);
    buffers.add('192.0.2.2', 300);
    expect(await lines()).toContain('nestfleet_upstream_buffered_body_bytes 1000');
    buffers.release('192.0.2.1', 700);
    expect(await lines()).toContain('nestfleet_upstream_buffered_body_bytes 300');
  });

  it('shows how old the view of the catalog is', async () => {
    const { upstream, lines, clock } = await metricsOver(1);
    clock.nowMs = upstream.instances().asOfMs + 2_500;
    expect(await lines()).toContain('nestfleet_upstream_catalog_age_seconds{upstream="api"} 2.5');
  });
});
