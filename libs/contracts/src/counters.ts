import { z } from 'zod';
import { servedBy } from './served-by.ts';
import { valueKey } from './values.ts';
import { wholeNumber } from './whole-number.ts';

export const counterName = valueKey.meta({ description: 'Name of a counter', examples: ['downloads'] });

const WINDOW_MAX_MS = 31_536_000_000;
const WINDOW =
  'Milliseconds: only what is counted in the window of this length that runs now; each length is a count of its own';

export const counterQuery = z.strictObject({
  window_ms: wholeNumber(1, WINDOW_MAX_MS).optional().describe(WINDOW),
});
export type CounterQuery = z.infer<typeof counterQuery>;

export const postCounter = z
  .strictObject({
    by: z.int().default(1).describe('How far the counter moves, also below 0'),
    window_ms: z.int().min(1).max(WINDOW_MAX_MS).optional().describe(WINDOW),
  })
  .prefault({})
  .meta({ id: 'PostCounter', description: 'How far, and in which window', examples: [{ by: 1 }] });
export type PostCounter = z.output<typeof postCounter>;

export const counter = z
  .object({
    name: z.string().describe('Its name'),
    count: z.int().describe('0 for a counter that was never moved'),
    window_ms: z.int().nullable().describe('Length of the window, null without one'),
    window_ends_in_ms: z.int().nullable().describe('Milliseconds until the window ends, and its count with it'),
    served_by: servedBy,
  })
  .meta({
    id: 'Counter',
    description: 'The counter, as it stands now',
    examples: [{ name: 'downloads', count: 42, window_ms: null, window_ends_in_ms: null, served_by: 'api-2' }],
  });
export type Counter = z.infer<typeof counter>;
