import type { Relay, RelayOptions } from './relay.ts';
import { RelayLoop } from './relay-loop.ts';

/** startRelay sends from now on. Throws TypeError for times that do not fit together. */
export function startRelay(options: RelayOptions): Relay {
  return new RelayLoop(options);
}
