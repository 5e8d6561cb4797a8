import { answerCases } from './answer-cases.ts';
import type { ProxyCase } from './case.ts';
import { requestCases } from './request-cases.ts';

/** In the order in which they are sent. */
export const allCases: readonly ProxyCase[] = [...requestCases, ...answerCases];
