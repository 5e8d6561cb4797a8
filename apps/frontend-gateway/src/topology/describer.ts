import { CONTROL_PATTERNS, type ControlDescription, controlDescription, SERVICE_NAMES } from '@nestfleet/contracts';
import { type Discovery, type Instance, portFromMeta } from '@nestfleet/discovery';
import { DiscoveredClient, InjectDiscovery } from '@nestfleet/discovery/nest';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Reporter } from './reports.ts';

export const CONTROL_TOKEN = Symbol('token of the control plane');

/** For one `control.describe`, milliseconds. One that takes longer hangs, or might as well. */
const DESCRIBE_WITHIN_MS = 500;

/** Describer sends `control.describe` to instances. */
@Injectable()
export class Describer implements OnModuleInit, OnApplicationShutdown {
  private readonly clients: ReadonlyMap<string, DiscoveredClient>;

  constructor(
    @InjectDiscovery() discovery: Discovery,
    @Inject(CONTROL_TOKEN) private readonly token: string,
  ) {
    this.clients = new Map(
      SERVICE_NAMES.map((name) => [name, new DiscoveredClient(discovery, name, { port: 'control_port' })]),
    );
  }

  async onModuleInit(): Promise<void> {
    for (const client of this.clients.values()) await client.onModuleInit();
  }

  onApplicationShutdown(): void {
    for (const client of this.clients.values()) client.onApplicationShutdown();
  }

  /** Those that have a control port. */
  reportersOf(instances: readonly Instance[]): Reporter[] {
    return instances.flatMap((instance) => {
      const client = this.clients.get(instance.service);
      if (client === undefined || portFromMeta(instance, 'control_port') === undefined) return [];
      return [{ id: instance.id, report: () => this.describe(client, instance.id) }];
    });
  }

  private async describe(client: DiscoveredClient, id: string): Promise<ControlDescription> {
    const message = { token: this.token, instance_id: id };
    const reply: unknown = await client.send(CONTROL_PATTERNS.describe, message, {
      deadlineMs: DESCRIBE_WITHIN_MS,
      to: id,
    });
    return controlDescription.parse(reply);
  }
}
