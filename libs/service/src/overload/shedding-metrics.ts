import { Counter, Gauge, type Registry } from 'prom-client';
import type { AdmissionQueue, RefusalReason } from './admission-queue.ts';

/**
 * sheddingMetrics shows the queue, and the bodies before it, to Prometheus.
 * @returns counts one request that was not run
 */
export function sheddingMetrics(
  registry: Registry,
  queue: AdmissionQueue,
  bodies: { readonly bytes: number },
): (reason: RefusalReason) => void {
  const registers = [registry];
  const running: Gauge = new Gauge({
    name: 'nestfleet_http_server_limited_requests',
    help: 'Requests in flight that count for CONCURRENT_REQUESTS_MAX',
    collect: () => running.set(queue.inFlight),
    registers,
  });
  const waiting: Gauge = new Gauge({
    name: 'nestfleet_http_server_queued_requests',
    help: 'Requests that wait because CONCURRENT_REQUESTS_MAX are in flight',
    collect: () => waiting.set(queue.depth),
    registers,
  });
  const held: Gauge = new Gauge({
    name: 'nestfleet_http_server_pending_body_bytes',
    help: 'Bytes that count for REQUEST_BODIES_BYTES_MAX: bodies that are coming or wait, by their announced length',
    collect: () => held.set(bodies.bytes),
    registers,
  });
  const shed = new Counter({
    name: 'nestfleet_http_server_shed_requests_total',
    help: 'Requests that were not run: queue_full, queue_timeout, deadline, event_loop_lag, client_gone, bodies_full',
    labelNames: ['reason'],
    registers,
  });
  return (reason) => shed.inc({ reason });
}
