type Fact = string | number | boolean | undefined;

/** differing is a message where a fact is not what it has to be. */
export const differing = (what: string, is: Fact, expected: Fact): string[] =>
  is === expected ? [] : [`has ${what} ${is ?? 'not set'}, expected ${expected ?? 'none'}`];

/** differingJson is a message where a part of an object is not what it has to be, in whichever order its keys are. */
export const differingJson = (what: string, is: unknown, expected: unknown): string[] =>
  differing(what, jsonOf(is), jsonOf(expected));

/** sameJson compares in whichever order Kustomize has written the keys. */
export const sameJson = (a: unknown, b: unknown): boolean => jsonOf(a) === jsonOf(b);

const jsonOf = (value: unknown): string | undefined => JSON.stringify(sorted(value));

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, sorted(value[key])]),
  );
}
