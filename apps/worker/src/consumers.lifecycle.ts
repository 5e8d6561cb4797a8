import type { Consumer, Jobs } from '@nestfleet/jobs';
import { InjectJobs } from '@nestfleet/jobs/nest';
import { JobMetrics } from '@nestfleet/service';
import { Injectable } from '@nestjs/common';
import { demoQueue, DemoHandler } from './demo/demo.handler.ts';
import { flakyQueue, handleFlaky } from './flaky/flaky.handler.ts';
import { handlePrimes, primesQueue } from './primes/primes.handler.ts';

/**
 * ConsumersLifecycle starts, pauses and closes the consumers. When each happens is decided where the service is composed.
 */
@Injectable()
export class ConsumersLifecycle {
  private consumers: readonly Consumer[] = [];
  private paused = false;
  private isReady = false;

  constructor(
    @InjectJobs() private readonly jobs: Jobs,
    private readonly metrics: JobMetrics,
    private readonly demo: DemoHandler,
  ) {}

  /**
   * Waits for the end of a pause: the first readiness may come after the signal to end, or in a drain. Throws where a queue of the fleet has no
   * handler or two, which ends the boot.
   */
  start(): void {
    this.isReady = true;
    if (!this.paused) this.consume();
  }

  private consume(): void {
    const options = { onSettled: this.metrics.count, onRebuilt: this.metrics.countReconnect };
    this.consumers = [
      this.jobs.consume(demoQueue, (context) => this.demo.handle(context), options),
      this.jobs.consume(primesQueue, handlePrimes, options),
      this.jobs.consume(flakyQueue, handleFlaky, options),
    ];
    this.jobs.requireHandlers();
  }

  /** No new jobs from now on. */
  async pause(): Promise<void> {
    this.paused = true;
    await Promise.all(this.consumers.map((consumer) => consumer.pause()));
  }

  /** Takes jobs again after a pause. */
  async resume(): Promise<void> {
    this.paused = false;
    if (this.isReady && this.consumers.length === 0) this.consume();
    else await Promise.all(this.consumers.map((consumer) => consumer.resume()));
  }

  /** Jobs of all kinds that run here now. */
  get running(): number {
    return this.consumers.reduce((sum, consumer) => sum + consumer.running, 0);
  }

  /** Of consumers to which jobs did not flow. */
  get faults(): readonly string[] {
    return this.consumers.flatMap(({ fault }) => fault ?? []);
  }

  /** Running jobs may end within the time; the rest is released to the queue. */
  async close(timeoutMs: number): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.close(timeoutMs)));
  }
}
