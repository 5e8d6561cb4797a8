/** UsageFault is a wrong argument: the usage is printed, and the exit code is 2. */
export class UsageFault extends Error {}

/** @throws UsageFault with the words that there are */
export function oneOf<T extends string>(known: readonly T[], what: string, word: string): T {
  const found = known.find((each) => each === word);
  if (found === undefined) throw new UsageFault(`no ${what} ${word}; there are ${known.join(', ')}`);
  return found;
}

/** @throws UsageFault where it is none */
export function parseNatural(what: string, word: string): number {
  if (!/^\d{1,9}$/.test(word)) throw new UsageFault(`${what} is a number, not ${word}`);
  return Number(word);
}

/** runMain sets the exit code: that of `main`, 2 for wrong arguments, 1 for any other fault. */
export async function runMain(main: () => Promise<number>, usage: string): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (error instanceof UsageFault) console.error(usage);
    process.exitCode = error instanceof UsageFault ? 2 : 1;
  }
}
