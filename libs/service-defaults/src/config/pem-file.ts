import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The path of a PEM file, as the programs of Consul and Redis take it, becomes its text: a wrong path is a fault at boot. */
export const pemFile = (description: string) =>
  z
    .string()
    .transform((path, context) => {
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'error';
        context.addIssue({ code: 'custom', message: `the file cannot be read (${code})` });
        return z.NEVER;
      }
    })
    .optional()
    .meta({ description });
