import { Counter, Gauge, type Registry } from 'prom-client';
import type { AdmissionQueue, RefusalReason } from './admission-queue.ts';

/** sheddingMetrics shows the queue to Prometheus. @returns counts one request that was not run */
export function sheddingMetrics(registry: Registry, queue: AdmissionQueue): (reason: RefusalReason) => void {
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
  const shed = new Counter({
    name: 'nestfleet_http_server_shed_requests_total',
    help: 'Requests that were not run: queue_full, queue_timeout, deadline, event_loop_lag, client_gone, bodies_full',
    labelNames: ['reason'],
    registers,
  });
  return (reason) => shed.inc({ reason });
}
