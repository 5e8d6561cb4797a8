type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * sortAgain puts the members of a file of npm, `package.json` or the lock file, into npm's order after other names came
 * into it: those of each object that was in this order before. A file that npm has not written is left as it is.
 */
export function sortAgain(before: string, after: string): string {
  const was = JSON.parse(before) as Json;
  return write(was) === before ? write(sorted(was, JSON.parse(after) as Json)) : after;
}

const write = (value: Json): string => `${JSON.stringify(value, null, 2)}\n`;
const npmOrder = (a: string, b: string): number => a.localeCompare(b, 'en');

/** The two have the same shape, member by member; only names differ. */
function sorted(was: Json | undefined, is: Json): Json {
  if (isList(was) && isList(is)) return is.map((item, index) => sorted(was[index], item));
  if (!isObject(was) || !isObject(is)) return is;
  const keys = Object.keys(was);
  const members = Object.entries(is).map(([key, value], index): [string, Json] => [
    key,
    sorted(was[keys[index] ?? ''], value),
  ]);
  const wasSorted = keys.every((key, index) => index === 0 || npmOrder(keys[index - 1] ?? '', key) <= 0);
  return Object.fromEntries(wasSorted ? members.toSorted(([a], [b]) => npmOrder(a, b)) : members);
}

const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !isList(value);
