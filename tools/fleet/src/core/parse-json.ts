import type { z } from 'zod';

/** parseJson reads a text as a schema has it, undefined where there is none or it is no such thing. */
export function parseJson<T>(schema: z.ZodType<T>, text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
