import type { Server } from 'node:net';
import {
  type InstanceIdentity,
  pause,
  SHUTDOWN_STEPS,
  type ShutdownSteps,
  stepsOfProviders,
  type WithShutdownSteps,
  withDeadline,
} from '@nestfleet/timing';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService, HttpAdapterHost } from '@nestjs/core';
import { DiscoveryError, reasonOf } from '../errors.ts';
import type { Registration } from '../registration/registration.ts';
import { entryOf } from '../registration/service-definition.ts';
import { Bootstrapped } from './bootstrapped.module.ts';
import type { DiscoveryModuleOptions, RegistrationSettings } from './discovery.module-options.ts';
import { DiscoveryOwner } from './discovery.owner.ts';
import { replicaDefinition } from './replica-definition.ts';
import { NAME, OPTIONS } from './tokens.ts';

const logger = new Logger('Discovery');
const DRAIN_DELAY_MS = 1_000;
/** Longest waits for a catalog that does not answer, milliseconds: it finds out by its own check. ShutdownModule has the same. */
export const MAINTENANCE_MS = 500;
export const WITHDRAW_MS = 2_000;
/** Stands for the port until there is one. */
const SOME_PORT = 1;

/**
 * ReplicaRegistration enters this application in the catalog once it listens and all its modules are ready. At its shutdown the catalog is told to send it no
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
  private identity: InstanceIdentity | undefined;
  private isClosing = false;
  private drainingSinceMs = 0;
  private maintained: Promise<void> | undefined;
  private withdrawn: Promise<void> | undefined;

  constructor(
    @Inject(OPTIONS) { registration }: DiscoveryModuleOptions,
    @Inject(NAME) name: string | undefined,
    private readonly owner: DiscoveryOwner,
    private readonly host: HttpAdapterHost,
    private readonly providers: DiscoveryService,
    private readonly bootstrapped: Bootstrapped,
  ) {
    this.settings = registration;
    this[SHUTDOWN_STEPS] = {
      name: name === undefined ? 'discovery' : `discovery ${name}`,
      identity: () => this.identity,
      maintenance: () => this.maintenance(),
      withdraw: () => this.withdraw(),
    };
  }

  /** A setting that is wrong ends the start, not the first request. */
  onModuleInit(): void {
    if (this.settings === undefined) return;
    const port = this.settings.port === null ? null : SOME_PORT;
    entryOf(replicaDefinition(this.settings, { port, epoch: this.epoch }));
    if (port !== null) this.host.listen$.subscribe(() => void this.announceOnceReady());
  }

  onApplicationBootstrap(): void {
    if (this.settings?.port === null) void this.announceOnceReady();
  }

  async onModuleDestroy(): Promise<void> {
    // The log of the registration has why.
    await withDeadline(this.maintenance(), MAINTENANCE_MS).catch(() => undefined);
  }

  async beforeApplicationShutdown(signal?: string): Promise<void> {
    if (signal !== undefined && this.registration !== undefined && this.withdrawn === undefined) {
      const { drainDelayMs = DRAIN_DELAY_MS } = this.settings ?? {};
      const leftMs = this.drainingSinceMs + drainDelayMs - performance.now();
      await pause(Math.max(0, leftMs), new AbortController().signal);
    }
    await withDeadline(this.withdraw(), WITHDRAW_MS).catch(() => undefined);
  }

  /** Not before: whoever finds it there sends requests, and a check that fails is not the first that callers see. */
  private async announceOnceReady(): Promise<void> {
    try {
      const port = this.ownPort();
      await this.bootstrapped.done;
      await Promise.all(stepsOfProviders(this.providers.getProviders()).map(async (steps) => steps.firstReady?.()));
      this.announce(port);
    } catch (error) {
      // What waited was closed.
      if (!this.isClosing) logger.error(`this application is in no catalog: ${reasonOf(error)}`);
    }
  }

  private announce(port: number | null): void {
    if (this.settings === undefined || this.isClosing) return;
    const definition = replicaDefinition(this.settings, { port, epoch: this.epoch });
    this.registration = this.owner.discovery.registration(definition);
    this.identity = { service: definition.service, instanceId: this.registration.id };
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

  private ownPort(): number | null {
    const told = this.settings?.port;
    if (told === null) return null;
    const address = (this.host.httpAdapter.getHttpServer() as Server).address();
    if (typeof address === 'object' && address !== null) return address.port;
    if (told !== undefined) return told;
    const detail = `it listens on ${address}, so its registration has to say the port that it is reached on`;
    throw new DiscoveryError('invalid_settings', detail);
  }
}
