import type { Redis } from 'ioredis';
import { describeFault, redisFault, type RedisFault } from './faults.ts';
import type { RedisLog } from './log.ts';
import type { ReconnectPace } from './reconnect-pace.ts';

/** Between two probes while something is refused, and as much again at most, by chance. */
const PROBE_EVERY_MS = 1_000;
/** A permission that is lacking shows at one command only, and no probe asks for it again. */
const DENIED_FOR_MS = 30_000;

/** So long after a refusal has ended single sockets may still be behind a server that is a replica. */
const SETTLED_AFTER_MS = 30_000;

export interface RefusalWatchParts {
  readonly log: RedisLog;
  /** One small write on each primary; rejects as the server does. */
  readonly probe: () => Promise<void>;
  /** Connects a client again, maybe to another server. */
  readonly reconnect: (redis: Redis) => void;
  readonly pace: ReconnectPace;
  readonly random: () => number;
  readonly nowMs: () => number;
}

const isDenied = ({ name }: RedisFault): boolean => name.startsWith('NOPERM');

/**
 * RefusalWatch knows whether Redis answers and refuses. It begins with the first refusal that anybody is told, and
 * ends with a probe that passes, so it heals by itself; each is one line of the log, however many commands were refused.
 * The sockets that heard that Redis is a replica are replaced, one a second in the whole process, also when others reach the
 * primary already: behind the address there may be another server by now.
 */
export class RefusalWatch {
  readonly #parts: RefusalWatchParts;
  #fault: RedisFault | undefined;
  #deniedUntilMs = -Infinity;
  #acceptedAtMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** By client the socket that a replica is behind. */
  readonly #behindReplica = new Map<Redis, Redis['stream']>();

  constructor(parts: RefusalWatchParts) {
    this.#parts = parts;
  }

  /** What is refused now, for people. */
  get refusal(): string | undefined {
    return this.#fault && describeFault(this.#fault);
  }

  refused(fault: RedisFault, redis?: Redis): void {
    if (this.#closed || fault.link === 'ok' || fault.link === 'away') return;
    if (fault.name === 'READONLY' && redis !== undefined) {
      this.#behindReplica.set(redis, redis.stream);
      // Others may be at the primary by now: the next probe tells whether it is more than this socket.
      if (this.#parts.nowMs() - this.#acceptedAtMs < SETTLED_AFTER_MS) return this.#schedule();
    }
    if (isDenied(fault)) this.#deniedUntilMs = this.#parts.nowMs() + DENIED_FOR_MS;
    if (this.#fault !== undefined) return;
    this.#tell(fault);
    this.#schedule();
  }

  /** A probe passed. */
  accepted(): void {
    if (this.#fault === undefined || this.#parts.nowMs() < this.#deniedUntilMs) return;
    const fault = describeFault(this.#fault);
    this.#fault = undefined;
    this.#acceptedAtMs = this.#parts.nowMs();
    this.#parts.log.info({ event: 'redis.accepts', fault }, 'Redis takes everything again');
  }

  close(): void {
    this.#closed = true;
    this.#behindReplica.clear();
    clearTimeout(this.#timer);
  }

  #tell(fault: RedisFault): void {
    const isNew = this.#fault === undefined;
    this.#fault = fault;
    const { log } = this.#parts;
    if (isNew) log.warn({ event: 'redis.refuses', fault: describeFault(fault) }, `Redis answers and ${verbOf(fault)}`);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed) return;
    const pauseMs = PROBE_EVERY_MS * (1 + this.#parts.random());
    this.#timer = setTimeout(() => void this.#look(), pauseMs).unref();
  }

  async #look(): Promise<void> {
    try {
      await this.#parts.probe();
      this.accepted();
      this.#replaceOne();
    } catch (error) {
      const fault = redisFault(error) ?? redisFault(error instanceof Error ? error.cause : undefined);
      // Health shows what is refused now; the line of the log stays the first one.
      if (fault !== undefined && fault.link !== 'ok' && fault.link !== 'away') this.#tell(fault);
      if (fault?.name === 'READONLY') this.#replaceOne();
    }
    this.#timer = undefined;
    if (this.#fault !== undefined || this.#behindReplica.size > 0) this.#schedule();
  }

  /** The one that has waited longest. */
  #replaceOne(): void {
    for (const [redis, socket] of this.#behindReplica) {
      if (redis.stream !== socket || redis.status !== 'ready') {
        this.#behindReplica.delete(redis);
        continue;
      }
      if (!this.#parts.pace.tryTake(this.#parts.nowMs())) return;
      this.#behindReplica.delete(redis);
      this.#parts.reconnect(redis);
      return;
    }
  }
}

const verbOf = ({ link }: RedisFault): string => (link === 'refuses writes' ? 'refuses writes' : `is ${link}`);
