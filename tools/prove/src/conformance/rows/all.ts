import type { Row } from '../row.ts';
import { kill, scale } from './change.ts';
import { counters } from './counters.ts';
import { edge } from './edge.ts';
import { forwarded, hopByHop } from './headers.ts';
import { health } from './health.ts';
import { noLimit } from './limits.ts';
import { crossOrigin, subDomains } from './names.ts';
import { swagger } from './page.ts';
import { sessionLife } from './session-life.ts';
import { jobs, demoEndpoints, values } from './shared-state.ts';
import { services } from './services.ts';
import { rotation, session } from './spread.ts';
import { largeBodies, longAnswers } from './streams.ts';

/** In the order in which they run: what changes the fleet comes last. */
export const rows: readonly Row[] = [
  rotation,
  session,
  sessionLife,
  counters,
  jobs,
  values,
  demoEndpoints,
  services,
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
