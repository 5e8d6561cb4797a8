import { z } from 'zod';
import { servedBy } from './served-by.ts';
import { wholeNumber } from './whole-number.ts';

/** Visible ASCII without the characters that a URL path or a Redis hash tag would read differently. */
export const valueKey = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9._~:@-]+$/, 'letters, digits and . _ ~ : @ - only')
  .refine((key) => key !== '.' && key !== '..', 'is a relative path segment')
  .meta({ description: 'Key of a shared value', examples: ['colour'] });

/** Longest value in UTF-16 code units; the body limit of 256 KiB holds beside it. */
export const VALUE_LENGTH_MAX = 65_536;

export const valueText = z
  .string()
  .max(VALUE_LENGTH_MAX)
  .meta({ description: 'The value', examples: ['teal'] });

export const ttlMs = z
  .int()
  .min(1)
  .max(31_536_000_000)
  .describe('Milliseconds until the value expires; without it the value stays');

/** In a body the length is judged by the store, which answers 413 for it; here it is only written down. */
const sentText = z
  .string()
  .meta({ description: 'The value; one that is longer is answered with 413', maxLength: VALUE_LENGTH_MAX });

export const putValue = z.strictObject({ value: sentText, ttl_ms: ttlMs.optional() }).meta({
  id: 'PutValue',
  description: 'The value, and for how long',
  examples: [{ value: 'teal' }],
});
export type PutValue = z.infer<typeof putValue>;

export const storedValue = z
  .object({
    key: z.string().describe('Its key'),
    value: z.string().describe('What is stored'),
    version: z.int().describe('Grows with every write and never comes twice; also in the ETag'),
    ttl_ms: z.int().nullable().describe('Milliseconds left, null without expiry'),
    served_by: servedBy,
  })
  .meta({
    id: 'Value',
    description: 'The value, as it is stored',
    examples: [{ key: 'colour', value: 'teal', version: 1_795_898_948_130_007, ttl_ms: null, served_by: 'api-2' }],
  });
export type StoredValue = z.infer<typeof storedValue>;

export const listValuesQuery = z.strictObject({
  prefix: z.string().max(128).optional().describe('Only keys that begin with it'),
  cursor: z
    .string()
    .max(64)
    .regex(/^[A-Za-z0-9_-]*$/)
    .optional()
    .describe('next_cursor of the page before; any other is refused, or the walk goes on at another key'),
  limit: wholeNumber(1, 100).prefault(50).describe('About how many keys a page holds'),
});
export type ListValuesQuery = z.infer<typeof listValuesQuery>;

export const valueList = z
  .object({
    keys: z.array(z.string()).describe('Some of the keys, in no order'),
    next_cursor: z.string().nullable().describe('Cursor of the next page; null on the last one'),
  })
  .meta({
    id: 'ValueList',
    description: 'One page of keys',
    examples: [{ keys: ['colour', 'shape'], next_cursor: null }],
  });
export type ValueList = z.infer<typeof valueList>;

/** The demo endpoints `GET /set?key=&value=` and `GET /get?key=`. */
export const setQuery = z.strictObject({ key: valueKey, value: valueText });
export const getQuery = z.strictObject({ key: valueKey });
export const setReply = z
  .object({
    key: z.string().describe('Its key'),
    value: z.string().describe('What is stored now'),
    served_by: servedBy,
  })
  .meta({
    id: 'SetReply',
    description: 'The value is stored',
    examples: [{ key: 'colour', value: 'teal', served_by: 'api-2' }],
  });
export type SetReply = z.infer<typeof setReply>;
export const getReply = z
  .object({
    key: z.string().describe('The key that was asked for'),
    value: z.string().nullable().describe('What is stored; null where nothing is'),
    served_by: servedBy,
  })
  .meta({
    id: 'GetReply',
    description: 'What is stored under the key, if anything',
    examples: [{ key: 'colour', value: 'teal', served_by: 'api-3' }],
  });
export type GetReply = z.infer<typeof getReply>;
