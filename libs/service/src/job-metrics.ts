import { Counter, Histogram, type Registry } from 'prom-client';

/** JobAttempt is one attempt of a job that has ended, as the jobs lib tells of it. */
export interface JobAttempt {
  readonly name: string;
  readonly outcome: string;
  readonly durationMs: number;
}

/** JobMetrics counts and times attempts by job name and outcome, in a service that consumes a queue. */
export class JobMetrics {
  private readonly processed: Counter<'job' | 'outcome'>;
  private readonly duration: Histogram<'job' | 'outcome'>;
  private readonly reconnects: Counter<'job'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.processed = new Counter({
      name: 'nestfleet_jobs_processed_total',
      help: 'Attempts that ended: completed, retried (will run again), failed (for good), released (its process shut down), cancelled, lost, dead_letter',
      labelNames: ['job', 'outcome'],
      registers,
    });
    this.duration = new Histogram({
      name: 'nestfleet_job_duration_seconds',
      help: 'Time that the handler of one attempt took',
      labelNames: ['job', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300],
      registers,
    });
    this.reconnects = new Counter({
      name: 'nestfleet_jobs_reconnects_total',
      help: 'Times that connections to the queue were rebuilt, because jobs waited, a slot was free and none was fetched',
      labelNames: ['job'],
      registers,
    });
  }

  /** Connections were rebuilt because jobs waited and none was fetched. */
  readonly countReconnect = ({ name }: Pick<JobAttempt, 'name'>): void => {
    this.reconnects.inc({ job: name });
  };

  readonly count = ({ name, outcome, durationMs }: JobAttempt): void => {
    this.processed.inc({ job: name, outcome });
    this.duration.observe({ job: name, outcome }, durationMs / 1_000);
  };
}
