import { Inject } from '@nestjs/common';
import type { State } from '../state.ts';

/** StatePart is a part of a State that can be injected by itself. */
export type StatePart = Exclude<keyof State, 'ready' | 'ping' | 'checkWrites' | 'close'>;

const parts: Readonly<Record<StatePart, true>> = {
  sessions: true,
  counters: true,
  values: true,
  visits: true,
  leases: true,
  idempotency: true,
  limits: true,
};
export const STATE_PARTS = Object.keys(parts) as readonly StatePart[];

const tokenOf = (what: string, name: string | undefined): string =>
  name === undefined ? `nestfleet:${what}` : `nestfleet:${what}:${name}`;

/** stateToken is what the State of `StateModule.forRoot({ name })` is provided as: for `app.get` and `overrideProvider`. */
export const stateToken = (name?: string): string => tokenOf('state', name);
/** partToken is what one part of that State is provided as. */
export const partToken = (part: StatePart, name?: string): string => tokenOf(`state-${part}`, name);

/** InjectState gives the State of `StateModule.forRoot`, or of the one with this name. The others give one part of it. */
export const InjectState = (name?: string): ParameterDecorator & PropertyDecorator => Inject(stateToken(name));
export const InjectSessions = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(partToken('sessions', name));
export const InjectCounters = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(partToken('counters', name));
export const InjectValues = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(partToken('values', name));
export const InjectVisits = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(partToken('visits', name));
export const InjectLeases = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(partToken('leases', name));
export const InjectIdempotency = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(partToken('idempotency', name));
export const InjectLimits = (name?: string): ParameterDecorator & PropertyDecorator =>
  Inject(partToken('limits', name));
