/**
 * alternate samples each contender once in each round, in each round beginning one place further, so that none always follows
 * the same one. What disturbs the machine for longer than a round disturbs all of them.
 * @returns the samples of each contender, one for each round
 */
export async function alternate<T, S>(
  contenders: readonly T[],
  rounds: number,
  sample: (contender: T) => Promise<S>,
): Promise<ReadonlyMap<T, readonly S[]>> {
  const samples = new Map(contenders.map((each) => [each, [] as S[]]));
  for (let round = 0; round < rounds; round += 1)
    for (let at = 0; at < contenders.length; at += 1) {
      const contender = contenders[(round + at) % contenders.length]!;
      samples.get(contender)!.push(await sample(contender));
    }
  return samples;
}
