import { z } from 'zod';
import { valueKey } from './values.ts';

export const counterName = valueKey.describe('Name of a counter');

const WINDOW_MAX_MS = 31_536_000_000;
const WINDOW =
  'Milliseconds: only what is counted in the window of this length that runs now; each length is a count of its own';

export const counterQuery = z.strictObject({
  window_ms: z.coerce.number().int().min(1).max(WINDOW_MAX_MS).optional().describe(WINDOW),
});
export type CounterQuery = z.infer<typeof counterQuery>;

export const postCounter = z
  .strictObject({
    by: z.int().default(1).describe('How far the counter moves, also below 0'),
    window_ms: z.int().min(1).max(WINDOW_MAX_MS).optional().describe(WINDOW),
  })
  .prefault({})
  .meta({ id: 'PostCounter' });
export type PostCounter = z.output<typeof postCounter>;

export const counter = z
  .object({
    name: z.string(),
    count: z.int().describe('0 for a counter that was never moved'),
    window_ms: z.int().nullable().describe('Length of the window, null without one'),
    window_ends_in_ms: z.int().nullable().describe('Milliseconds until the window ends, and its count with it'),
    served_by: z.string(),
  })
  .meta({ id: 'Counter' });
export type Counter = z.infer<typeof counter>;
