import type { RedisOptions } from 'ioredis';

/** Reconnecting is a client between two attempts to connect. */
export interface Reconnecting {
  /** Ends the wait: it tries now. */
  tryNow(): void;
}

/** A client that waits for the attempt of another one tries by itself after that, and up to half as much more by chance. */
const WAIT_MS = 8_000;
const WAIT_JITTER = 0.5;

/**
 * ReconnectGate lets one client of the process at a time try to reach a server that was lost or refuses it: a server counts the
 * attempts of all of them together. When one is admitted, those that wait try at once.
 */
export class ReconnectGate {
  #trying: Reconnecting | undefined;
  readonly #waiting = new Set<Reconnecting>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @returns milliseconds until the next attempt of this client; `delayMs` where it is the one that tries */
  delayMs(client: Reconnecting, delayMs: number): number {
    this.#trying ??= client;
    if (this.#trying === client) return delayMs;
    this.#waiting.add(client);
    return Math.round(WAIT_MS * (1 + WAIT_JITTER * this.#random()));
  }

  /** The server has taken this client. */
  admitted(client: Reconnecting): void {
    this.#waiting.delete(client);
    if (this.#trying === client) this.#trying = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const each of waiting) each.tryNow();
  }

  /** This client tries no more; the next one does. */
  left(client: Reconnecting): void {
    this.#waiting.delete(client);
    if (this.#trying !== client) return;
    const [next] = this.#waiting;
    this.#trying = next;
    if (next === undefined) return;
    this.#waiting.delete(next);
    next.tryNow();
  }
}

const gates = new Map<string, ReconnectGate>();

/**
 * gateOf is the gate of this process before a server, or before the primary that Sentinels name, for clients that are let in alike: one
 * that is refused for its user or database keeps nobody else out.
 */
export function gateOf({ host, port, sentinels, name, username, password, db }: RedisOptions): ReconnectGate {
  const server = JSON.stringify([sentinels ? [sentinels, name] : [host, port], username, password, db]);
  let gate = gates.get(server);
  if (gate === undefined) gates.set(server, (gate = new ReconnectGate(Math.random)));
  return gate;
}
