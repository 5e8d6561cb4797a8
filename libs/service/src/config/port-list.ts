import { z } from 'zod';
import { commaList } from './comma-list.ts';

/** portList reads `service=port,service=port`. */
export function portList(text: string, context: z.RefinementCtx): Record<string, number> {
  const pairs = commaList(text).map((part) => /^([A-Za-z0-9_-]+)=(\d{1,5})$/.exec(part));
  const ports = Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]));
  if (Object.values(ports).every((port) => port > 0 && port < 65_536)) return ports;
  context.addIssue({ code: 'custom', message: 'is not service=port,service=port' });
  return z.NEVER;
}
