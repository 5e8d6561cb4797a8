import { pause } from '@nestfleet/timing';

/** Longer than any step of a test takes. */
const ANSWER_WITHIN_MS = 30_000;

/** Sends a message, and answers its number; gives up after `withinMs`. */
export async function post(url: string, text: string, withinMs = ANSWER_WITHIN_MS): Promise<number> {
  const response = await fetch(`${url}/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
    signal: AbortSignal.timeout(withinMs),
  });
  if (!response.ok) throw new Error(`a message was answered with ${response.status}`);
  return ((await response.json()) as { n: number }).n;
}

/** At most so many at once. */
const AT_ONCE = 20;

export async function postMany(url: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => post(url, 'hello')));
}

/** The numbers of all that is stored: also of messages whose answer was lost. */
export async function storedNumbers(url: string): Promise<readonly number[]> {
  const response = await fetch(`${url}/messages?after=0`);
  return ((await response.json()) as readonly { n: number }[]).map(({ n }) => n);
}

/** Posting sends messages, one after the other, until it is stopped. */
export interface Posting {
  /** @returns what was not answered as it should */
  stop(): Promise<readonly unknown[]>;
}

export function startPosting(url: string, everyMs = 20): Posting {
  const stopped = new AbortController();
  const failed: unknown[] = [];
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await post(url, 'hello').catch((error: unknown) => failed.push(error));
      await pause(everyMs, stopped.signal);
    }
  };
  const running = run();
  return {
    async stop() {
      stopped.abort();
      await running;
      return failed;
    },
  };
}
