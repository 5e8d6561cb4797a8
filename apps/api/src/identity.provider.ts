import type { Identity } from '@nestfleet/service';

/** This replica's identity as something that Nest can inject. */
export class ApiIdentity {
  readonly name: string;
  readonly hostname: string;
  readonly instanceId: string;
  readonly version: string;
  readonly pid: number;
  readonly epoch: number;

  constructor({ name, hostname, instanceId, version, pid, epoch }: Identity) {
    this.name = name;
    this.hostname = hostname;
    this.instanceId = instanceId;
    this.version = version;
    this.pid = pid;
    this.epoch = epoch;
  }
}
