/** Numbers that one segment covers: 256 KiB of flags stay in a core's cache. */
const SEGMENT_SIZE = 262_144;

/**
 * Counts the primes below `limit` segment by segment (sieve of Eratosthenes), and yields the share that is done, per
 * cent, after each. Memory does not grow with the limit.
 */
export function* countPrimes(limit: number): Generator<number, number> {
  const divisors = primesUpTo(Math.floor(Math.sqrt(Math.max(0, limit - 1))));
  const composite = new Uint8Array(SEGMENT_SIZE);
  let count = 0;
  for (let low = 2; low < limit; low += SEGMENT_SIZE) {
    const high = Math.min(low + SEGMENT_SIZE, limit);
    composite.fill(0);
    for (const divisor of divisors) {
      const first = Math.max(divisor * divisor, Math.ceil(low / divisor) * divisor);
      for (let multiple = first; multiple < high; multiple += divisor) composite[multiple - low] = 1;
    }
    for (let at = 0; at < high - low; at += 1) if (composite[at] === 0) count += 1;
    yield Math.round((100 * high) / limit);
  }
  return count;
}

function primesUpTo(last: number): number[] {
  const composite = new Uint8Array(last + 1);
  const primes: number[] = [];
  for (let number = 2; number <= last; number += 1) {
    if (composite[number] === 1) continue;
    primes.push(number);
    for (let multiple = number * number; multiple <= last; multiple += number) composite[multiple] = 1;
  }
  return primes;
}
