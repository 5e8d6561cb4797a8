/** NestJS wiring of an outbox: `OutboxModule` provides it and runs its relay; decorators inject both. */
export { InjectOutbox, InjectRelay, outboxToken, relayToken } from './nest/decorators.ts';
export type { OutboxModuleExtras, OutboxModuleOptions } from './nest/outbox.module-options.ts';
export { OutboxModule } from './nest/outbox.module.ts';
export { OutboxModuleBase } from './nest/outbox.module-definition.ts';
export type { OutboxRelay } from './nest/outbox.relay.ts';
