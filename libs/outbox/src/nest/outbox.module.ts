import { type DynamicModule, Inject, Module } from '@nestjs/common';
import type { OutboxStore } from '../outbox.ts';

const OUTBOX = Symbol('nestfleet.outbox');

/** Gives the constructor the outbox that OutboxModule was registered with. */
export const InjectOutbox = (): ParameterDecorator => Inject(OUTBOX);

/**
 * Wiring only: the app starts the relay and closes it where its graceful shutdown says so, because Nest's own shutdown order is not
 * the one that loses nothing.
 */
@Module({})
export class OutboxModule {
  static register<Tx>(outbox: OutboxStore<Tx>): DynamicModule {
    return {
      module: OutboxModule,
      global: true,
      providers: [{ provide: OUTBOX, useValue: outbox }],
      exports: [OUTBOX],
    };
  }
}
