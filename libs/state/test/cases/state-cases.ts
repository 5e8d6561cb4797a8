import type { StateCase } from './case.ts';
import { counterCases } from './counter-cases.ts';
import { counterIdempotencyCases } from './counter-idempotency-cases.ts';
import { counterWindowCases } from './counter-window-cases.ts';
import { idempotencyCases } from './idempotency-cases.ts';
import { leaseCases } from './lease-cases.ts';
import { limitCases } from './limit-cases.ts';
import { sessionCases } from './session-cases.ts';
import { sessionChangeCases } from './session-change-cases.ts';
import { sessionEndCases } from './session-end-cases.ts';
import { sessionRotateCases } from './session-rotate-cases.ts';
import { sessionSetCases } from './session-set-cases.ts';
import { valueCases } from './value-cases.ts';
import { valueListCases } from './value-list-cases.ts';
import { valueVersionCases } from './value-version-cases.ts';
import { visitCases } from './visit-cases.ts';

/**
 * What every State must do, whatever it keeps its things in. Of no test framework: each case is a name and a function
 * that rejects.
 */
export const stateCases: readonly StateCase[] = [
  ...sessionCases,
  ...sessionEndCases,
  ...sessionSetCases,
  ...sessionChangeCases,
  ...sessionRotateCases,
  ...counterCases,
  ...counterIdempotencyCases,
  ...counterWindowCases,
  ...valueCases,
  ...valueVersionCases,
  ...valueListCases,
  ...visitCases,
  ...leaseCases,
  ...idempotencyCases,
  ...limitCases,
];
