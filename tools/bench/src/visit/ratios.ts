/** What one contender took in one round, per answered request. */
export interface Sample {
  readonly cpuUs: number;
  readonly redisCpuUs: number;
  readonly perSecond: number;
}

/** The samples of one contender, one for each round. */
export type Samples = readonly Sample[];

/**
 * The seed was written in Go. The design measured what the same three commands cost in Go 1.24 and in node:http with ioredis
 * on Node 24, in one alternating run of 4 rounds (performance.md, "2 stateful vers"): 72.4 and 59.1 µs of the process, ratio
 * of the rounds 0.81 [0.73 to 0.84]; Redis 24.2 µs for Node, and 26.4 µs for the leanest Go seed, which sends two commands.
 * Against the Go that sends three it was 38.9 µs; the smaller one makes the bound harder to keep.
 */
export const GO_SEED = { perBaseline: 0.81, redisPerBaseline: 24.2 / 26.4 };

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}

export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Each round by itself: what disturbs a machine for longer than a round disturbs both. */
export function ratioOf<S>(samples: readonly S[], baseline: readonly S[], of: (sample: S) => number): Ratio {
  const ratios = samples.flatMap((sample, round) => {
    const base = baseline[round];
    return base === undefined ? [] : [of(sample) / of(base)];
  });
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

export const formatRatio = ({ median: middle, min, max }: Ratio): string =>
  `${middle.toFixed(2)} [${min.toFixed(2)} to ${max.toFixed(2)}]`;
