import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAnswers } from './read-answers.ts';
import type { ConnectionPlan } from './connection-plan.ts';
import type { Seen } from './oracle.ts';
import { follow } from './steps.ts';

/** What one connection did last, for who reads of a find. */
export interface ActionLog {
  readonly plan: ConnectionPlan;
  readonly actions: string[];
  /** Its own, by which the other side knows it. */
  port?: number | undefined;
}

const KEPT_ACTIONS = 14;
/** Longest stay for answers; whoever says nothing for so long is left to its own time-outs. */
const PATIENCE_MS = 4_000;
/** Of each connection so much is read, and then it ends. */
const READ_MAX = 2_000_000;

export const startLog = (plan: ConnectionPlan): ActionLog => ({ plan, actions: [] });

/** Follows a plan to its end. Nothing of the connection is left afterwards. */
export async function runConnection(log: ActionLog, port: number): Promise<Omit<Seen, 'isUnmutated' | 'mayBeReset'>> {
  const { plan, actions } = log;
  const note = (words: string): void => {
    actions.push(words);
    if (actions.length > KEPT_ACTIONS) actions.shift();
  };
  // Half open: an end of the other side is an end of its answers and not of our requests.
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  const chunks: string[] = [];
  let length = 0;
  let ended: Seen['ended'] = 'by us';
  const over = new Promise<void>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') ended = 'reset by the server';
    });
    socket.on('end', () => {
      note('the server ends');
      if (ended === 'by us') ended = 'by the server';
      resolve();
    });
    socket.on('close', () => resolve());
  });
  socket.once('connect', () => (log.port = socket.localPort));
  socket.on('data', (chunk: Buffer) => {
    note(`got ${chunk.length} bytes`);
    length += chunk.length;
    if (length > READ_MAX) socket.destroy();
    else chunks.push(chunk.toString('latin1'));
  });
  await follow(socket, plan.steps, note);
  if (plan.isPatient) await answered(plan, chunks, socket, over);
  if (!socket.destroyed) socket.destroy();
  return { plan, text: chunks.join(''), ended };
}

/** Until the last answer is there, the server ends the connection, or patience does. */
async function answered(
  plan: ConnectionPlan,
  chunks: readonly string[],
  socket: ReturnType<typeof connect>,
  over: Promise<void>,
): Promise<void> {
  const { requests } = plan;
  const isDone = (): boolean => {
    const { answers, tunnel, fault } = readAnswers(chunks.join(''), (at) => requests[at]?.method, false);
    if (fault !== undefined || tunnel !== undefined) return true;
    return answers.length >= requests.length && answers.at(-1)?.isWhole === true && !plan.hasTail;
  };
  const all = new Promise<void>((resolve) => {
    const look = (): void => {
      if (isDone()) resolve();
    };
    socket.on('data', look);
    look();
  });
  const stop = new AbortController();
  const patience = sleep(PATIENCE_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  await Promise.race([all, over, patience]);
  stop.abort();
}
