/** NestJS wiring of an outbox: `OutboxModule` provides it, `@InjectOutbox()` injects it. */
export { InjectOutbox, OutboxModule } from './nest/outbox.module.ts';
