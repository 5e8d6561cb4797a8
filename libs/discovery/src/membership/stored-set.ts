import type { Instance } from '../instance.ts';

/** StoredSet is the last-known-good set: the instances of a service that were passing, and when the catalog said so. */
export interface StoredSet {
  readonly instances: readonly Instance[];
  /** Milliseconds since 1970. */
  readonly asOfMs: number;
}

const VERSION = 1;

/** The text of a service's file. Only passing instances: nobody would use the others after a restart. */
export function encodeSet(service: string, { instances, asOfMs }: StoredSet): string {
  const passing = instances.filter(({ health }) => health === 'passing');
  return `${JSON.stringify({ version: VERSION, service, as_of_ms: asOfMs, instances: passing })}\n`;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isInstance(value: unknown, service: string): value is Instance {
  if (!isRecord(value)) return false;
  const { id, address, port, health, tags, meta, weight, epoch } = value;
  return (
    [id, address].every((text) => isText(text) && text !== '') &&
    value['service'] === service &&
    health === 'passing' &&
    [port, weight, epoch].every((number) => Number.isSafeInteger(number) && Number(number) >= 0) &&
    Number(port) < 65_536 &&
    Array.isArray(tags) &&
    tags.every(isText) &&
    isRecord(meta) &&
    Object.values(meta).every(isText)
  );
}

/** Undefined for anything but a whole set of this service: a corrupt file is as good as none. */
export function decodeSet(service: string, text: string): StoredSet | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['version'] !== VERSION || value['service'] !== service) return undefined;
  const { as_of_ms: asOfMs, instances } = value;
  if (!Number.isSafeInteger(asOfMs) || !Array.isArray(instances)) return undefined;
  if (!instances.every((one) => isInstance(one, service))) return undefined;
  return { instances, asOfMs: Number(asOfMs) };
}
