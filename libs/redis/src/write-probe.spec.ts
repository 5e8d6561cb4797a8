import { describe, expect, it } from '@jest/globals';
import { SLOTS, slotOf } from './slot.ts';
import { writeProbe } from './write-probe.ts';

/** A cluster by the first slot of each primary. */
function cluster(firstSlots: readonly number[]) {
  const owners = firstSlots.map((slot) => `primary of ${slot}`);
  const written: string[] = [];
  let hashed = 0;
  const ownerOf = (key: string) => {
    hashed += 1;
    return owners[firstSlots.findLastIndex((slot) => slot <= slotOf(key))];
  };
  const probe = writeProbe({
    keyOf: (tag) => `nf:{${tag}}:write-probe`,
    owners: () => owners,
    ownerOf,
    write: async (key, _work) => {
      written.push(key);
      return undefined as never;
    },
    onPassed: () => undefined,
  });
  return { probe, owners, written, ownerOf, hashed: () => hashed };
}

describe('the small write of checkWrites', () => {
  it.each([1, 3, 16, 100])('goes to each of %i primaries once', async (size) => {
    const { probe, owners, written, ownerOf } = cluster(
      Array.from({ length: size }, (_none, n) => Math.floor((SLOTS * n) / size)),
    );
    await probe.once();
    expect(written).toHaveLength(size);
    expect(new Set(written.map(ownerOf))).toEqual(new Set(owners));
  });

  it('goes to a primary of a single slot too, which is looked for once', async () => {
    const { probe, owners, written, ownerOf, hashed } = cluster([0, 8_000, 8_001]);
    await probe.once();
    const lookedAt = hashed();
    expect(new Set(written.map(ownerOf))).toEqual(new Set(owners));
    await probe.once();
    expect(hashed() - lookedAt).toBeLessThan(10);
    expect(written).toHaveLength(6);
  });

  it('follows slots that move, and says what is wrong where nobody serves any', async () => {
    const served = new Set(['a']);
    const written: string[] = [];
    const probe = writeProbe({
      keyOf: (tag) => tag,
      owners: () => [...served],
      ownerOf: () => [...served][0],
      write: async (key, _work) => {
        written.push(key);
        return undefined as never;
      },
      onPassed: () => undefined,
    });
    await probe.once();
    served.clear();
    served.add('b');
    await probe.once();
    served.clear();
    await probe.once();
    expect(written).toEqual(['h0', 'h0', 'h0']);
  });
});
