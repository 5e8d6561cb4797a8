import type { AddressInfo, Server } from 'node:net';
import { pause, SHUTDOWN_STEPS, type ShutdownSteps, type WithShutdownSteps } from '@nestfleet/timing';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Registration } from '../registration/registration.ts';
import { entryOf } from '../registration/service-definition.ts';
import type { DiscoveryModuleOptions, RegistrationSettings } from './discovery.module-options.ts';
import { DiscoveryOwner } from './discovery.owner.ts';
import { replicaDefinition } from './replica-definition.ts';
import { NAME, OPTIONS } from './tokens.ts';

const DRAIN_DELAY_MS = 1_000;
/** Stands for the port until there is one. */
const SOME_PORT = 1;

/**
 * ReplicaRegistration enters this application in the catalog once it listens. At its shutdown the catalog is told to send it no
 * requests from Nest's first hook on, and has it no longer before the server closes; with ShutdownModule both before the hooks.
 */
@Injectable()
export class ReplicaRegistration
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown, WithShutdownSteps
{
  readonly [SHUTDOWN_STEPS]: ShutdownSteps;
  private readonly settings: RegistrationSettings | undefined;
  private readonly epoch = Date.now();
  private registration: Registration | undefined;
  private isClosing = false;
  private drainingSinceMs = 0;
  private maintained: Promise<void> | undefined;
  private withdrawn: Promise<void> | undefined;

  constructor(
    @Inject(OPTIONS) { registration }: DiscoveryModuleOptions,
    @Inject(NAME) name: string | undefined,
    private readonly owner: DiscoveryOwner,
    private readonly host: HttpAdapterHost,
  ) {
    this.settings = registration;
    this[SHUTDOWN_STEPS] = {
      name: name === undefined ? 'discovery' : `discovery ${name}`,
      maintenance: () => this.maintenance(),
      withdraw: () => this.withdraw(),
    };
  }

  /** A setting that is wrong ends the start, not the first request. */
  onModuleInit(): void {
    if (this.settings === undefined) return;
    const port = this.settings.port === null ? null : SOME_PORT;
    entryOf(replicaDefinition(this.settings, { port, epoch: this.epoch }));
    if (port !== null) this.host.listen$.subscribe(() => this.announce(this.listeningPort()));
  }

  onApplicationBootstrap(): void {
    if (this.settings?.port === null) this.announce(null);
  }

  async onModuleDestroy(): Promise<void> {
    // The log of the registration has why.
    await this.maintenance().catch(() => undefined);
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    if (signal !== undefined && this.registration !== undefined && this.withdrawn === undefined) {
      const { drainDelayMs = DRAIN_DELAY_MS } = this.settings ?? {};
      const leftMs = this.drainingSinceMs + drainDelayMs - performance.now();
      await pause(Math.max(0, leftMs), new AbortController().signal);
    }
    await this.withdraw().catch(() => undefined);
  }

  private announce(port: number | null): void {
    if (this.settings === undefined || this.isClosing) return;
    const definition = replicaDefinition(this.settings, { port, epoch: this.epoch });
    this.registration = this.owner.discovery.registration(definition);
    this.registration.announce();
  }

  /** Rejects where the catalog cannot be told now. */
  private maintenance(): Promise<void> {
    if (!this.isClosing) this.drainingSinceMs = performance.now();
    this.isClosing = true;
    this.maintained ??= this.registration?.maintenance(true) ?? Promise.resolve();
    return this.maintained;
  }

  private withdraw(): Promise<void> {
    this.isClosing = true;
    this.withdrawn ??= this.registration?.withdraw() ?? Promise.resolve();
    return this.withdrawn;
  }

  private listeningPort(): number {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    return (server.address() as AddressInfo).port;
  }
}
