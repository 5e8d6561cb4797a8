import type { Registrar } from '../catalog.ts';
import type { Registration } from '../registration/registration.ts';

const done = (): Promise<void> => Promise.resolve();

/** Where the list is fixed there is nowhere to write to: every call succeeds, and nothing is listed. */
export function fixedRegistrar(): Registrar {
  return {
    list: () => Promise.resolve([]),
    find: () => Promise.resolve(undefined),
    register: done,
    deregister: done,
    maintenance: done,
    heartbeat: done,
    sweep: () => Promise.resolve({ removed: [], settled: true }),
  };
}

/** noRegistration is that of a replica which nobody registers, or somebody else does: there is nothing to reconcile. */
export const noRegistration = (id: string): Registration => ({
  id,
  error: undefined,
  announce: () => undefined,
  maintenance: done,
  withdraw: done,
});
