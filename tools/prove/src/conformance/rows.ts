import type { Row } from './row.ts';
import { kill, scale } from './rows/change.ts';
import { counters } from './rows/counters.ts';
import { edge } from './rows/edge.ts';
import { forwarded, hopByHop } from './rows/headers.ts';
import { health } from './rows/health.ts';
import { noLimit } from './rows/limits.ts';
import { crossOrigin, subDomains } from './rows/names.ts';
import { swagger } from './rows/page.ts';
import { sessionLife } from './rows/session-life.ts';
import { jobs, demoEndpoints, values } from './rows/shared-state.ts';
import { rotation, session } from './rows/spread.ts';
import { largeBodies, longAnswers } from './rows/streams.ts';

/** In the order in which they run: what changes the fleet comes last. */
export const rows: readonly Row[] = [
  rotation,
  session,
  sessionLife,
  counters,
  jobs,
  values,
  demoEndpoints,
  subDomains,
  crossOrigin,
  longAnswers,
  largeBodies,
  forwarded,
  hopByHop,
  swagger,
  health,
  noLimit,
  edge,
  scale,
  kill,
];
