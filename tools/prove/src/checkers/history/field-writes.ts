import { type Op, type OpOf, opsOf } from '../../history/op.ts';
import { type Finding, finding } from '../finding.ts';

interface Write {
  /** Null: never written. */
  readonly value: string | null;
  readonly invokedMs: number;
  /** From here on nobody may miss it. Infinity where nobody knows whether it was done. */
  readonly doneMs: number;
}

const NEVER: Write = { value: null, invokedMs: -Infinity, doneMs: -Infinity };

/**
 * No acknowledged write of a field is lost: who looks later sees it, or one that came after it or beside it. Each field is
 * a register of its own, so a write of one field that undoes another one is found too.
 */
export function noLostFieldWrite(ops: readonly Op[]): Finding {
  const sets = opsOf(ops, 'set');
  const reads = opsOf(ops, 'read').filter(({ outcome }) => outcome === 'ok');
  const registers = Map.groupBy(sets, ({ object, field }) => `${object} ${field}`);
  const done = sets.filter(({ outcome }) => outcome === 'ok').length;
  const faults = [...registers.values()].flatMap((mine) => {
    const { object, field } = mine[0] as OpOf<'set'>;
    return oneRegister(
      mine,
      reads.filter((each) => each.object === object),
      field,
    );
  });
  return finding(`none of ${done} writes of ${registers.size} fields is lost`, [
    ...(done === 0 || reads.length === 0 ? ['nothing was written and read'] : []),
    ...faults,
  ]);
}

function oneRegister(sets: readonly OpOf<'set'>[], reads: readonly OpOf<'read'>[], field: string): string[] {
  const writes: readonly Write[] = sets
    .filter(({ outcome }) => outcome !== 'fail')
    .map(({ value, invokedMs, endedMs, outcome }) => ({
      value,
      invokedMs,
      doneMs: outcome === 'ok' ? endedMs : Infinity,
    }));
  const known = new Map([NEVER, ...writes].map((write) => [write.value, write]));
  return reads.flatMap((read) => {
    const seen = read.fields[field] ?? null;
    const what = `${read.object} ${field}: ${read.client} reads ${seen ?? 'nothing'}`;
    const write = known.get(seen);
    if (write === undefined) return [`${what}, which nobody has written`];
    if (write.invokedMs > read.endedMs) return [`${what} before it is written`];
    // Between the end of the one and the beginning of the look lies a whole other write: that one is not there.
    const lost = writes.find(({ invokedMs, doneMs }) => invokedMs > write.doneMs && doneMs < read.invokedMs);
    if (lost === undefined) return [];
    return [`${what} ${Math.round(read.invokedMs - lost.doneMs)} ms after ${lost.value} was acknowledged`];
  });
}
