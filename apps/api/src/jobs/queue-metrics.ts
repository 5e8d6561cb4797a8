import { desiredWorkers, type Jobs, type Queue, type QueueBacklog } from '@nestfleet/jobs';
import { Gauge, type Registry } from 'prom-client';

/** What is known of one queue at a scrape; undefined where Redis did not tell. */
type Reading = readonly [Queue, QueueBacklog | undefined];

interface QueueGauge {
  readonly name: string;
  readonly help: string;
  /** Its figures are there of all queues or of none. */
  readonly isWhole: boolean;
  readonly valueOf: (queue: Queue, known: QueueBacklog) => number;
}

/**
 * QueueMetrics exports how many workers the queues need. The api does it and no worker, so that an autoscaler can take the last worker
 * away and bring the first one back. Every replica reads the same figures: take `max` of them, never `sum`. Of the workers a scaler takes
 * the maximum over the queues too, in which a queue that is missing is a 0: so they are exported of all queues, or of none.
 */
export class QueueMetrics {
  private reading: Promise<readonly Reading[]> | undefined;

  constructor(
    registry: Registry,
    private readonly jobs: Pick<Jobs, 'queues' | 'backlog'>,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.gauge(registry, {
      name: 'nestfleet_jobs_desired_workers',
      help: 'Workers that would run all jobs of a queue at once that wait or run; the same from every replica',
      isWhole: true,
      valueOf: (queue, backlog) => desiredWorkers(queue, backlog),
    });
    this.gauge(registry, {
      name: 'nestfleet_jobs_oldest_wait_seconds',
      help: 'How long one of the next jobs of a queue has waited since it could be run first, of the most and of the least urgent, 0 where none waits; the same from every replica',
      isWhole: false,
      valueOf: (_queue, { waitsSinceMs }) =>
        waitsSinceMs === undefined ? 0 : Math.max(0, this.nowMs() - waitsSinceMs) / 1_000,
    });
  }

  private gauge(registry: Registry, { name, help, isWhole, valueOf }: QueueGauge): void {
    const made: Gauge<'queue'> = new Gauge({
      name,
      help,
      labelNames: ['queue'],
      registers: [registry],
      collect: async () => {
        const found = await this.read();
        // A figure that is not known is absent: 0 would take the workers away from the jobs that wait.
        made.reset();
        if (isWhole && found.some(([, known]) => known === undefined)) return;
        for (const [queue, known] of found) if (known) made.set({ queue: queue.name }, valueOf(queue, known));
      },
    });
  }

  /** One read of each queue at a time, whoever scrapes; it has a bound of its own. */
  private read(): Promise<readonly Reading[]> {
    const { jobs } = this;
    this.reading ??= Promise.all(
      jobs.queues.map(async (queue): Promise<Reading> => [queue, await jobs.backlog(queue).catch(() => undefined)]),
    ).finally(() => (this.reading = undefined));
    return this.reading;
  }
}
