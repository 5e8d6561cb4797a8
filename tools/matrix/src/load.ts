import { pause } from '@nestfleet/timing';

const CLIENTS = 8;
const BETWEEN_MS = 5;

export interface LoadReport {
  readonly sent: number;
  readonly answered: number;
  /** One line for each request that was not answered with a 200. */
  readonly lost: readonly string[];
}

/** Clients that ask again and again, each behind its last answer. `stop` sends no more and waits for what is under way. */
export interface Load {
  sent(): number;
  stop(): Promise<LoadReport>;
}

export function startLoad(url: string): Load {
  let sent = 0;
  let answered = 0;
  const over = new AbortController();
  const lost: string[] = [];
  const client = async () => {
    while (!over.signal.aborted) {
      sent += 1;
      const fault = await ask(url);
      if (fault === undefined) answered += 1;
      else lost.push(fault);
      await pause(BETWEEN_MS, over.signal);
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, client));
  return {
    sent: () => sent,
    async stop() {
      over.abort();
      await clients;
      return { sent, answered, lost };
    },
  };
}

/** What went wrong; undefined where the answer is a whole 200. */
async function ask(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url);
    const text = await response.text();
    return response.status === 200 ? undefined : `${response.status}: ${text.slice(0, 200)}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? `${message}: ${cause.message}` : message;
  }
}
