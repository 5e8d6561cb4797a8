import { type Op, opsOf } from '../../history/op.ts';
import { type Finding, finding } from '../finding.ts';

/**
 * No acknowledged edit over a known version is lost, ever: each adds its token to what it has read, so an edit that was
 * made from something older takes another one's token away.
 */
export function noLostEdit(ops: readonly Op[]): Finding {
  const edits = opsOf(ops, 'edit');
  const done = edits.filter(({ outcome }) => outcome === 'ok');
  const reads = opsOf(ops, 'read').filter(({ outcome }) => outcome === 'ok');
  const doneOf = Map.groupBy(done, ({ object }) => object);
  const tried = new Map(edits.map(({ object, token }) => [`${object} ${token}`, true]));
  return finding(`none of ${done.length} edits of ${doneOf.size} objects is lost`, [
    ...(done.length === 0 || reads.length === 0 ? ['nothing was edited and read'] : []),
    ...reads.flatMap(({ object, client, tokens, invokedMs }) => {
      const there = new Set(tokens);
      const lost = (doneOf.get(object) ?? []).filter((edit) => edit.endedMs < invokedMs && !there.has(edit.token));
      return [
        ...lost.map((edit) => `${object}: ${client} does not find ${edit.token}, acknowledged ${ago(invokedMs, edit)}`),
        ...(there.size < tokens.length ? [`${object}: ${client} finds a token twice`] : []),
        ...tokens.filter((token) => !tried.has(`${object} ${token}`)).map((token) => `${object}: ${token} is nobody's`),
      ];
    }),
  ]);
}

const ago = (nowMs: number, { endedMs }: { readonly endedMs: number }): string =>
  `${Math.round(nowMs - endedMs)} ms before`;
