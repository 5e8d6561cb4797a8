import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SHUTDOWN_STEPS, type ShutdownSteps, within, type WithShutdownSteps } from '@nestfleet/timing';
import { openState } from '../open-state.ts';
import type { State } from '../state.ts';
import type { StateModuleOptions } from './state.module-options.ts';

const READY_WITHIN_MS = 5_000;

/** StateOwner opens the State of a module and closes it; one that it was given it leaves alone. */
@Injectable()
export class StateOwner implements OnModuleInit, OnApplicationShutdown, WithShutdownSteps {
  /** Nothing to do before Nest's own hooks: requests and handlers use the State to their end. */
  readonly [SHUTDOWN_STEPS]: ShutdownSteps = { name: 'state', firstReady: () => this.ready() };
  private readonly logger = new Logger('StateModule');
  private opened: State | undefined;
  private readyWithinMs = READY_WITHIN_MS;
  private isClosed = false;
  private firstReady: Promise<void> | undefined;

  /** Called by the provider of the State, so that nothing is opened where a test puts another one in its place. */
  async stateOf(options: StateModuleOptions): Promise<State> {
    if ('state' in options) return options.state;
    this.readyWithinMs = options.readyWithinMs ?? READY_WITHIN_MS;
    this.opened = 'open' in options ? await options.open() : openState(options);
    return this.opened;
  }

  /** Before the hooks of other modules, which may use the State. Rejects with what no time heals, and with it the start. */
  async onModuleInit(): Promise<void> {
    const ready = this.ready();
    if (await within(ready, this.readyWithinMs)) return;
    this.logger.warn(`the store was not there within ${this.readyWithinMs} ms; the application starts without it`);
    ready.catch((error: unknown) => this.logger.error(error));
  }

  private ready(): Promise<void> {
    return (this.firstReady ??= this.untilReady());
  }

  private async untilReady(): Promise<void> {
    try {
      await this.opened?.ready();
    } catch (error) {
      // An application that closes before the store was there has no fault.
      if (!this.isClosed) throw error;
    }
  }

  /** The last of Nest's hooks: the listener is closed, and the requests in flight have ended. */
  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    await this.opened?.close();
  }
}
