import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { StateError } from '../errors.ts';
import type { State } from '../state.ts';
import { stateToken } from './decorators.ts';

/** StateHealth is a result of terminus, without its types: the lib does not need it. */
export type StateHealth<Key extends string> = Record<
  Key,
  { status: 'up'; ping_ms: number } | { status: 'degraded'; message: string }
>;

/**
 * For terminus: `health.check([() => indicator.isHealthy()])`. A store that is away, refuses writes or has little memory is `degraded`
 * and never `down`: all replicas share it, and taking them all out would only make things worse.
 */
@Injectable()
export class StateHealthIndicator {
  private readonly moduleRef: ModuleRef;

  constructor(moduleRef: ModuleRef) {
    this.moduleRef = moduleRef;
  }

  /** Within about half a second; rejects only where no State has that name. One small write a second at most. */
  async isHealthy<Key extends string = 'state'>(key?: Key, name?: string): Promise<StateHealth<Key>> {
    const state = this.moduleRef.get<State>(stateToken(name), { strict: false });
    const result = (of: StateHealth<string>[string]) => ({ [key ?? 'state']: of }) as StateHealth<Key>;
    try {
      return result({ status: 'up', ping_ms: Math.round(await state.checkWrites()) });
    } catch (error) {
      // The code alone: pages of health are often public, and messages may name hosts.
      return result({ status: 'degraded', message: error instanceof StateError ? error.code : 'unknown' });
    }
  }
}
