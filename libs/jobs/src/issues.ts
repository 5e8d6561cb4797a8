import type { z } from 'zod';
import type { PayloadIssue } from './errors.ts';

/** `issuesOf` names the fields that do not fit. */
export const issuesOf = (error: z.ZodError): PayloadIssue[] =>
  error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));

/** `wordsOf` is all of them in one line; `whole` is the name of what has no path. */
export const wordsOf = (whole: string, issues: readonly PayloadIssue[]): string =>
  issues.map(({ path, message }) => `${path === '' ? whole : path}: ${message}`).join('; ');
