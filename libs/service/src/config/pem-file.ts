import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Each throws what is wrong with a text that is no such thing; none of them prints any of it. */
const readers = {
  certificates: (text: string): unknown => {
    const blocks = text.match(CERTIFICATE) ?? [];
    if (blocks.length === 0) throw new Error('holds no certificate');
    return blocks.map((block) => new X509Certificate(block));
  },
  key: (text: string): unknown => createPrivateKey(text),
};

const wrongWith = (what: keyof typeof readers, text: string): string | undefined => {
  try {
    readers[what](text);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return `the file is no PEM of ${what === 'key' ? 'a private key' : 'certificates'} (${code ?? (error as Error).message})`;
  }
};

/**
 * pemFile takes the path of a PEM file, as the programs of Consul and Redis do, and becomes its text. A wrong path, and a
 * file that is no such thing, are faults at boot: no time heals them.
 */
export const pemFile = (description: string, what: keyof typeof readers = 'certificates') =>
  z
    .string()
    .transform((path, context) => {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'error';
        context.addIssue({ code: 'custom', message: `the file cannot be read (${code})` });
        return z.NEVER;
      }
      const wrong = wrongWith(what, text);
      if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
      return text;
    })
    .optional()
    .meta({ description });
