import { Inject } from '@nestjs/common';
import type { State } from '../state.ts';

export const STATE_PARTS = [
  'sessions',
  'counters',
  'values',
  'visits',
  'leases',
  'idempotency',
  'limits',
] as const satisfies readonly (keyof State)[];

/** StatePart is a part of a State that can be injected by itself. */
export type StatePart = (typeof STATE_PARTS)[number];

const tokenOf = (what: string, name: string | undefined): string =>
  name === undefined ? `nestfleet:${what}` : `nestfleet:${what}:${name}`;

/** stateToken is what the State of `StateModule.forRoot({ name })` is provided as: for `app.get` and `overrideProvider`. */
export const stateToken = (name?: string): string => tokenOf('state', name);
/** partToken is what one part of that State is provided as. */
export const partToken = (part: StatePart, name?: string): string => tokenOf(`state-${part}`, name);

type Injection = ParameterDecorator & PropertyDecorator;

/** InjectState gives the State of `StateModule.forRoot`, or of the one with this name. The others give one part of it. */
export const InjectState = (name?: string): Injection => Inject(stateToken(name));
export const InjectSessions = (name?: string): Injection => Inject(partToken('sessions', name));
export const InjectCounters = (name?: string): Injection => Inject(partToken('counters', name));
export const InjectValues = (name?: string): Injection => Inject(partToken('values', name));
export const InjectVisits = (name?: string): Injection => Inject(partToken('visits', name));
export const InjectLeases = (name?: string): Injection => Inject(partToken('leases', name));
export const InjectIdempotency = (name?: string): Injection => Inject(partToken('idempotency', name));
export const InjectLimits = (name?: string): Injection => Inject(partToken('limits', name));
