import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../load/random.ts';

/** One thing that a side of a connection does. Clients and replicas follow lists of them. */
export type Step =
  | { readonly does: 'send'; readonly bytes: Buffer }
  | { readonly does: 'pause'; readonly ms: number }
  /** Until the other side says something more. */
  | { readonly does: 'await-bytes'; readonly limitMs: number }
  | { readonly does: 'stop-reading' | 'read' | 'half-close' | 'close' | 'reset' };

/** Longest rest between two pieces of a slow sender, milliseconds. */
const REST_MAX_MS = 5;
const PIECES_MAX = 6;

/** Text as bytes, one each: names and values of headers are no UTF-8 here. */
export const send = (text: string): Step => ({ does: 'send', bytes: Buffer.from(text, 'latin1') });

/** Cut at random points, with rests in between. */
export function sliced(random: Random, text: string): Step[] {
  const cuts = Array.from({ length: 1 + random.below(PIECES_MAX - 1) }, () => random.below(text.length + 1));
  const points = [0, ...cuts.toSorted((a, b) => a - b), text.length];
  return points.slice(1).flatMap((end, at): Step[] => {
    const piece = text.slice(points[at], end);
    return piece === '' ? [] : [send(piece), { does: 'pause', ms: random.below(REST_MAX_MS + 1) }];
  });
}

/** Whole, or in pieces. */
export const sent = (random: Random, text: string): Step[] =>
  random.next() < 0.35 ? sliced(random, text) : [send(text)];

/** Bytes for a reader of logs, cut where they are many. */
export const shown = (bytes: Buffer, max = 160): string => {
  const words = JSON.stringify(bytes.subarray(0, max).toString('latin1'));
  return bytes.length > max ? `${words} and ${bytes.length - max} bytes more` : words;
};

const describeStep = (step: Step): string => {
  if (step.does === 'send') return `send ${shown(step.bytes)}`;
  if (step.does === 'pause') return `pause ${step.ms} ms`;
  return step.does;
};

/** Ends early where the connection does. */
export async function follow(socket: Socket, steps: readonly Step[], log: (words: string) => void): Promise<void> {
  for (const step of steps) {
    if (socket.destroyed) return;
    log(describeStep(step));
    if (step.does === 'send') {
      if (socket.writable) socket.write(step.bytes);
    } else if (step.does === 'pause') await sleep(step.ms);
    else if (step.does === 'await-bytes') await moreBytes(socket, step.limitMs);
    else if (step.does === 'stop-reading') socket.pause();
    else if (step.does === 'read') socket.resume();
    else if (step.does === 'half-close') socket.end();
    else if (step.does === 'close') socket.destroy();
    else socket.resetAndDestroy();
  }
}

async function moreBytes(socket: Socket, limitMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      socket.off('data', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(done, limitMs);
    socket.on('data', done).on('close', done);
  });
}
