import { setTimeout as sleep } from 'node:timers/promises';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import type { Reading } from '../load/operation.ts';
import type { Random } from '../load/random.ts';
import { until } from '../client/until.ts';
import { type Op, LAST } from './op.ts';
import { keyedCounter, readCounter, windowCounter } from './count-clients.ts';
import { sessionEnder, stranger } from './end-clients.ts';
import { type Step, fieldWriter, rotator, sessionEditor, sessionReader } from './session-clients.ts';
import { makeValue, readValue, valueEditor, valueObject } from './value-clients.ts';
import { type Recorder, openRecorder } from './recorder.ts';
import { type SharedSession, openSession, readOf } from './shared-session.ts';

export interface History {
  /** So far. Grows until `stop` has returned. */
  readonly ops: readonly Op[];
  /** Lets every client end its step, then reads all that they share. */
  stop(): Promise<HistoryResult>;
  /** Sends no more; for a run that ends early. */
  cancel(): void;
}

export interface HistoryResult {
  readonly ops: readonly Op[];
  /** What counters hold at the end. */
  readonly counters: ReadonlyMap<string, number>;
  /** What clients share, by the names in the operations. */
  readonly shared: readonly string[];
}

export interface HistoryPlan {
  /** Mean rest of a client between two steps. */
  readonly restMs: number;
  /** Marks what is kept by name, so that a run does not see what one before it has left. */
  readonly run: string;
  /** Removes the session of a cookie from the store. */
  readonly forget: (cookie: string) => Promise<void>;
}

const SHARED = ['one', 'two'];
const READ_WITHIN_MS = 15_000;

/** Opens what is shared, then sets all clients going; each does one step after the other. */
export async function startHistory(edge: EdgeProxy, random: Random, plan: HistoryPlan): Promise<History> {
  const ops: Op[] = [];
  const recorder = (client: string): Recorder => openRecorder(edge, client, random.fork(client), ops);
  const first = recorder('first');
  const sessions: SharedSession[] = [];
  for (const name of [...SHARED, 'turning']) sessions.push(await openSession(first, name));
  const values = ['a', 'b'].map((name) => `${plan.run}-${name}`);
  for (const key of values) await makeValue(first, key);
  const counters = ['a', 'b'].map((name) => `${plan.run}-${name}`);

  const steps = new Map<string, (by: Recorder) => Step>();
  for (const session of sessions) {
    const add = (role: string, step: (by: Recorder, session: SharedSession) => Step): void =>
      void steps.set(`${role}-${session.object}`, (by) => step(by, session));
    for (const nth of [1, 2]) add(`writer${nth}`, fieldWriter);
    add('reader', sessionReader);
    if (session.object === 'turning') add('rotator', rotator);
    else for (const nth of [1, 2, 3]) add(`editor${nth}`, sessionEditor);
  }
  for (const nth of [1, 2, 3]) steps.set(`editor${nth}-a`, (by) => valueEditor(by, values[0] ?? ''));
  for (const nth of [1, 2]) steps.set(`editor${nth}-b`, (by) => valueEditor(by, values[1] ?? ''));
  for (const nth of [1, 2, 3, 4]) steps.set(`counter${nth}`, (by) => keyedCounter(by, counters[nth % 2] ?? ''));
  for (const nth of [1, 2]) steps.set(`window${nth}`, windowCounter);
  for (const nth of [1, 2]) steps.set(`ender${nth}`, sessionEnder);
  steps.set('stranger', (by) => stranger(by, plan.forget));

  const stopping = new AbortController();
  const running = [...steps].map(([client, stepOf]) => {
    const by = recorder(client);
    const going = keepOn(stepOf(by), () => by.random.next() * 2 * plan.restMs, stopping.signal);
    // Told by `stop`, which may be long after it.
    going.catch(() => undefined);
    return going;
  });
  return {
    ops,
    cancel: () => stopping.abort(),
    stop: async () => {
      stopping.abort();
      await Promise.all(running);
      const last = recorder(LAST);
      const found = new Map<string, number>();
      for (const session of sessions) await readUntil(session.object, () => readSession(last, session));
      for (const key of values)
        await readUntil(key, () =>
          last.send(undefined, `/values/${key}`, {}, (reply) => readValue(reply, valueObject(key))),
        );
      for (const counter of counters) found.set(counter, await readCounter(last, counter));
      const shared = [...sessions.map(({ object }) => object), ...values.map(valueObject)];
      return { ops, counters: found, shared };
    },
  };
}

const readSession = (by: Recorder, session: SharedSession) =>
  by.send(session.cookie, '/session', {}, (reply) => readOf(reply, session));

/** Until it is there, or it is said that there is none. */
const readUntil = (what: string, read: () => ReturnType<Recorder['send']>) =>
  until(`${what} is read`, async () => isAnswered((await read()).reading), READ_WITHIN_MS);

const isAnswered = ({ outcome, reason }: Reading): boolean => outcome === 'ok' || reason.startsWith('404');

async function keepOn(step: Step, restMs: () => number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(restMs(), undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await step();
  }
}
