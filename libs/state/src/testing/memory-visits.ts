import type { Counters } from '../counters/counters.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Visits } from '../visits/visits.ts';

/** For one process, where nothing comes between the two counts. */
export function memoryVisits(sessions: Sessions, counters: Counters): Visits {
  return {
    async count(id) {
      const sessionCount = await sessions.visit(id);
      return sessionCount === undefined ? undefined : { sessionCount, globalCount: await counters.addGlobal() };
    },
    async open() {
      const session = await sessions.open({}, { visits: 1 });
      return { session, sessionCount: session.count, globalCount: await counters.addGlobal() };
    },
  };
}
