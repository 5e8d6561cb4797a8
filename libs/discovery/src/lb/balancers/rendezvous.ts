import type { Random } from '../../back-off.ts';
import { weightOf, type Balancer, type Candidate } from './balancer.ts';

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  return hash;
}

/** Two hashes as one number in (0, 1), any bit of either changing all of it (the mix of MurmurHash3). */
function fractionOf(one: number, other: number): number {
  let hash = one ^ Math.imul(other, 0x9e_37_79_b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return (((hash ^ (hash >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}

/**
 * One key always goes to the same instance, and only the keys of an instance that comes or goes move (highest random
 * weight). Shares keep to the weights. A use without a key goes anywhere.
 */
export function rendezvous(random: Random): Balancer {
  let known: readonly Candidate[] | undefined;
  let hashes: number[] = [];
  return {
    pick(candidates, { key }) {
      if (candidates !== known) {
        hashes = candidates.map(({ instance }) => hashOf(instance.id));
        known = candidates;
      }
      const keyHash = key === undefined ? Math.floor(random() * 2 ** 32) : hashOf(key);
      let best: (typeof candidates)[number] | undefined;
      let bestScore = -Infinity;
      for (const [at, candidate] of candidates.entries()) {
        const score = weightOf(candidate) / -Math.log(fractionOf(hashes[at] ?? 0, keyHash));
        if (score <= bestScore) continue;
        best = candidate;
        bestScore = score;
      }
      return best;
    },
  };
}
