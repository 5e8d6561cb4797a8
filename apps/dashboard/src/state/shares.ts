/** One replica's part of the last visits. */
export interface Share {
  readonly name: string;
  readonly visits: number;
  /** Whole per cent; all shares together make 100. */
  readonly percent: number;
}

const byName = new Intl.Collator('en', { numeric: true });

/** Counts who served, sorted by name (api-2 before api-10) so that bars keep their position while they grow. */
export function computeShares(servedBy: readonly string[]): Share[] {
  const counts = new Map<string, number>();
  for (const name of servedBy) counts.set(name, (counts.get(name) ?? 0) + 1);
  const shares = [...counts].map(([name, visits]) => {
    const exact = (visits / servedBy.length) * 100;
    return { name, visits, percent: Math.floor(exact), rest: exact % 1 };
  });
  // Largest remainder: rounding each alone would show three equal replicas as 99 %.
  let missing = 100 - shares.reduce((sum, share) => sum + share.percent, 0);
  for (const share of shares.toSorted((a, b) => b.rest - a.rest)) {
    if (missing <= 0) break;
    share.percent += 1;
    missing -= 1;
  }
  return shares
    .map(({ name, visits, percent }) => ({ name, visits, percent }))
    .toSorted((a, b) => byName.compare(a.name, b.name));
}

/** Median and maximum of the latencies, whole milliseconds; null without any. */
export function summariseLatency(latenciesMs: readonly number[]): { medianMs: number; maxMs: number } | null {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const max = sorted.at(-1);
  return median === undefined || max === undefined ? null : { medianMs: Math.round(median), maxMs: Math.round(max) };
}
