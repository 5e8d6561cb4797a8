import type { Finding } from '../rule.ts';

/** No service is scaled further than this by what the documents say; a replica without a slot gets no requests. */
export const LARGEST_SCALE = 10;

/** Every `server-template` has more slots than there are replicas: `server-template api 20 …`, or the default in `"${API_SLOTS-20}"`. */
export function slotFindings(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, index): Finding[] => {
    const [, name, count] = /^\s*server-template\s+(\S+)\s+(\S+)/.exec(line) ?? [];
    if (name === undefined || count === undefined) return [];
    const slots = slotsOf(count);
    if (slots > LARGEST_SCALE) return [];
    const found = Number.isNaN(slots) ? `"${count}" slots, which is no number` : `${slots} slots`;
    return [
      {
        file,
        line: index + 1,
        message: `${name} has ${found}; a scale of ${LARGEST_SCALE} needs more, for one that was just replaced`,
      },
    ];
  });
}

/** A compose file may set the number too: `API_SLOTS: ${API_SLOTS:-20}`. */
export function slotSettingFindings(file: string, environment: Readonly<Record<string, string>>): Finding[] {
  return Object.entries(environment)
    .filter(([name, value]) => name.endsWith('_SLOTS') && !(slotsOf(value) > LARGEST_SCALE))
    .map(([name, value]) => ({
      file,
      message: `${name} is ${value}; a scale of ${LARGEST_SCALE} needs more, for one that was just replaced`,
    }));
}

/** NaN for what is neither a number nor a variable with a number as its default; a range is counted. */
function slotsOf(word: string): number {
  const [, fallback] = /^"?\$\{\w+:?-(\d+)\}"?$/.exec(word) ?? [];
  const [, first, last] = /^(\d+)-(\d+)$/.exec(word) ?? [];
  if (first !== undefined && last !== undefined) return Number(last) - Number(first) + 1;
  return Number(fallback ?? word);
}
