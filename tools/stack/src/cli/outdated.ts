import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { FleetState } from '@nestfleet/contracts';

/** Replicas that were started before their bundle was written. */
export function outdatedNames(state: FleetState, appsDir: string): string[] {
  return state.replicas
    .filter(({ service, started_at_ms: startedAtMs }) => {
      const built = statSync(join(appsDir, service, 'main.js'), { throwIfNoEntry: false });
      return built !== undefined && built.mtimeMs > startedAtMs;
    })
    .map(({ name }) => name);
}
