import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetReplica, ServiceName } from '@nestfleet/contracts';

/** Bundles are the services' programs, and which of them each replica was started from. */
export class Bundles {
  private readonly appsDir: string;
  private readonly startedFrom = new Map<string, string>();

  constructor(appsDir: string) {
    this.appsDir = appsDir;
  }

  programOf(service: string): string {
    return join(this.appsDir, service, 'main.js');
  }

  /** To be called when a replica is about to be started. @throws when there is no program */
  recordStart(name: string, service: ServiceName): void {
    this.startedFrom.set(name, this.printOf(service));
  }

  /**
   * Names of the replicas whose program is another one by now. By content: a cache that puts files back changes their times.
   */
  outdated(replicas: readonly Pick<FleetReplica, 'name' | 'service'>[]): string[] {
    return replicas
      .filter(({ name, service }) => this.startedFrom.get(name) !== this.printOf(service))
      .map(({ name }) => name);
  }

  private printOf(service: string): string {
    return hash('sha1', readFileSync(this.programOf(service)));
  }
}
