import { Inject } from '@nestjs/common';

const tokenOf = (what: string, name: string | undefined): string =>
  name === undefined ? `nestfleet:${what}` : `nestfleet:${what}:${name}`;

/** outboxToken is what the outbox of `OutboxModule.forRoot({ name })` is provided as: for `app.get` and `overrideProvider`. */
export const outboxToken = (name?: string): string => tokenOf('outbox', name);
/** relayToken is what its relay is provided as. */
export const relayToken = (name?: string): string => tokenOf('outbox-relay', name);

/** InjectOutbox gives the outbox of `OutboxModule.forRoot`, or of the one with this name. */
export const InjectOutbox = (name?: string): ParameterDecorator & PropertyDecorator => Inject(outboxToken(name));
/** InjectRelay gives what wakes the relay of that outbox, as after a commit; where the module has no relay it does nothing. */
export const InjectRelay = (name?: string): ParameterDecorator & PropertyDecorator => Inject(relayToken(name));
