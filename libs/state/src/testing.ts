export type { StateCase, StateUnderTest } from './testing/case.ts';
