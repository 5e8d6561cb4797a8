import { Injectable } from '@nestjs/common';
import { Lifecycle } from '../lifecycle/lifecycle.ts';

/** ShutdownHealthIndicator is down while the app is not to be sent requests, for a readiness check by terminus. */
@Injectable()
export class ShutdownHealthIndicator {
  constructor(private readonly lifecycle: Lifecycle) {}

  /** For the readiness check alone: a liveness check with it would end an app that drains. */
  isServing<Key extends string = 'shutdown'>(key?: Key): Record<Key, { status: 'up' | 'down'; phase: string }> {
    const { phase } = this.lifecycle;
    const result = { status: phase === 'serving' ? 'up' : 'down', phase } as const;
    return { [key ?? 'shutdown']: result } as Record<Key, typeof result>;
  }
}
