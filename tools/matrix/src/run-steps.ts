/** What became of a step: a few words where it passed, else what went wrong. */
export interface StepResult {
  readonly name: string;
  readonly words?: string;
  readonly fault?: string;
}

/** A row of a table: a name, and what became of its steps. */
export interface RowResult {
  readonly name: string;
  /** Of each step, in order; one that was not run has neither words nor a fault. */
  readonly steps: readonly StepResult[];
  readonly tookMs: number;
}

/** One thing that a row has to show. */
export interface Step<Place> {
  readonly name: string;
  /** Nothing comes behind it where it fails. */
  readonly isNeeded: boolean;
  /**
   * Answers what the table says of it.
   * @throws where it fails
   */
  readonly run: (place: Place) => Promise<string>;
}

export const hasPassed = (result: RowResult): boolean => result.steps.every(({ words }) => words !== undefined);

/** Runs steps in order, the next one also behind one that failed where that was not needed. */
export async function runSteps<Place>(steps: readonly Step<Place>[], place: Place): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  let goesOn = true;
  for (const step of steps) {
    const result: StepResult = goesOn ? await resultOf(step, place) : { name: step.name };
    results.push(result);
    goesOn &&= result.fault === undefined || !step.isNeeded;
  }
  return results;
}

async function resultOf<Place>({ name, run }: Step<Place>, place: Place): Promise<StepResult> {
  try {
    return { name, words: await run(place) };
  } catch (fault) {
    return { name, fault: fault instanceof Error ? fault.message : String(fault) };
  }
}
