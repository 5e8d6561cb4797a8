import { type Answer, type Ask, CookieJar } from '../client/http-client.ts';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import { type Reading, readAnswer, readFault } from '../load/operation.ts';
import { nowMs } from '../load/workers.ts';
import type { Random } from '../load/random.ts';
import type { Op, OpBody } from './op.ts';

/** What became of one request. */
export interface Reply {
  readonly reading: Reading;
  /** Undefined without an answer. */
  readonly answer: Answer | undefined;
}

/** Turns a reply into what is written down of it; several bodies for one that shows several things. */
export type Describe = (reply: Reply) => OpBody | readonly OpBody[];

/** Sends what one client does, and writes it down. */
export interface Recorder {
  readonly client: string;
  readonly random: Random;
  /** A word that no other write of this run has. */
  fresh(): string;
  /** @param sid cookie to send @param describe what to write down; without it nothing is */
  send(sid: string | undefined, path: string, ask: Ask, describe?: Describe): Promise<Reply>;
}

export const CLIENT_WAITS_MS = 5_000;
/** Some clients hang up so early that the answer comes too late for them; what they asked for is done all the same. */
export const IMPATIENT_MS = 12;

/** @param ops where it is written, in the order in which requests end */
export function openRecorder(edge: EdgeProxy, client: string, random: Random, ops: Op[]): Recorder {
  let writes = 0;
  return {
    client,
    random,
    fresh: () => `${client}.${(writes += 1)}`,
    send: async (sid, path, ask, describe) => {
      const invokedMs = nowMs();
      const reply = await edge.askAs(new CookieJar(sid), `/api${path}`, { timeoutMs: CLIENT_WAITS_MS, ...ask }).then(
        (answer): Reply => ({ reading: readAnswer(answer), answer }),
        (error: unknown): Reply => ({ reading: readFault(error), answer: undefined }),
      );
      const { outcome, reason, servedBy } = reply.reading;
      const span = { client, invokedMs, endedMs: nowMs(), outcome, reason };
      const named = servedBy === undefined ? span : { ...span, servedBy };
      for (const op of [describe?.(reply) ?? []].flat()) ops.push({ ...named, ...op });
      return reply;
    },
  };
}

/** The value of the `sid` cookie that an answer sets; undefined where it sets none. */
export function sidSet({ answer }: Reply): string | undefined {
  for (const line of answer?.headers['set-cookie'] ?? []) {
    const value = /^sid=([^;]+)/.exec(line)?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}

export function bodyOf<T>({ reading, answer }: Reply): Partial<T> {
  return reading.outcome === 'ok' && answer && answer.text !== '' ? (JSON.parse(answer.text) as Partial<T>) : {};
}
