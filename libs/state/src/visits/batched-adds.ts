import { perTurn } from './per-turn.ts';

interface Add {
  readonly by: number;
  readonly resolve: (count: number) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * Moves one counter once for all that a turn of the event loop adds to it.
 * @param add moves it and answers the new count
 * @returns the count after the own share, in the order of the calls
 */
export function batchedAdds(add: (by: number) => Promise<number>): (by: number) => Promise<number> {
  const enqueue = perTurn<Add>((adds) => void moveOnce(adds));

  async function moveOnce(adds: readonly Add[]): Promise<void> {
    const sum = adds.reduce((before, { by }) => before + by, 0);
    try {
      let count = (await add(sum)) - sum;
      for (const { by, resolve } of adds) resolve((count += by));
    } catch (fault) {
      for (const { reject } of adds) reject(fault);
    }
  }

  return (by) => new Promise((resolve, reject) => enqueue({ by, resolve, reject }));
}
