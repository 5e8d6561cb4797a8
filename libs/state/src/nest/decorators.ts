import { Inject } from '@nestjs/common';

export const STATE = Symbol('nestfleet.state');
export const SESSIONS = Symbol('nestfleet.sessions');
export const COUNTERS = Symbol('nestfleet.counters');
export const VALUES = Symbol('nestfleet.values');
export const VISITS = Symbol('nestfleet.visits');
export const LEASES = Symbol('nestfleet.leases');
export const IDEMPOTENCY = Symbol('nestfleet.idempotency');
export const LIMITS = Symbol('nestfleet.limits');

/** Gives the constructor the whole State that StateModule was registered with. */
export const InjectState = (): ParameterDecorator => Inject(STATE);
export const InjectSessions = (): ParameterDecorator => Inject(SESSIONS);
export const InjectCounters = (): ParameterDecorator => Inject(COUNTERS);
export const InjectValues = (): ParameterDecorator => Inject(VALUES);
export const InjectVisits = (): ParameterDecorator => Inject(VISITS);
export const InjectLeases = (): ParameterDecorator => Inject(LEASES);
export const InjectIdempotency = (): ParameterDecorator => Inject(IDEMPOTENCY);
export const InjectLimits = (): ParameterDecorator => Inject(LIMITS);
