import type { Redis } from 'ioredis';
import { withDeadline } from '@nestfleet/timing';
import type { RedisLog } from './log.ts';
import { infoFields } from './info-fields.ts';

/** Of `maxmemory`: from here on health is degraded, because whoever can wait writes nothing more. */
const LOW_FROM_SHARE = 0.75;
/** It is over below this, so that a share that goes up and down is not a line each time. */
const FINE_BELOW_SHARE = 0.7;
const LOOK_EVERY_MS = 1_000;
/** Who writes much looks sooner: behind each hundredth of what there is, but not more often than this. */
const LOOK_BEHIND_SHARE = 0.01;
const LOOK_EVERY_AT_LEAST_MS = 100;
/** What was seen before this says nothing. */
const STALE_AFTER_MS = 5_000;
/** It is nobody's request; without an answer in this time it is asked again later. */
const LOOK_WITHIN_MS = 2_000;

/** MemoryReport is what a server uses of what it may. */
export interface MemoryReport {
  readonly usedBytes: number;
  /** Undefined where nothing is refused: no `maxmemory`, or it evicts. */
  readonly maxBytes: number | undefined;
}

/** @param info the reply of INFO, or of its section `memory` */
export function memoryReport(info: string): MemoryReport {
  const fields = infoFields(info);
  const number = (name: string): number => Number(fields.get(name) ?? 0);
  const maxBytes = number('maxmemory');
  const evicts = (fields.get('maxmemory_policy') ?? 'noeviction') !== 'noeviction';
  return {
    // Buffers of replicas and of the append-only file do not count against the bound.
    usedBytes: number('used_memory') - number('mem_not_counted_for_evict'),
    maxBytes: maxBytes === 0 || evicts ? undefined : maxBytes,
  };
}

export interface MemoryWatchParts {
  readonly log: RedisLog;
  readonly nowMs: () => number;
  /** INFO of its memory. */
  readonly infoOf: (node: Redis) => Promise<string>;
}

interface NodeMemory {
  report: MemoryReport | undefined;
  seenAtMs: number;
  askedAtMs: number;
  /** Of this process, and not in the report. */
  grantedBytes: number;
  looking: Promise<void> | undefined;
}

/**
 * MemoryWatch knows how full each server is, so that what adds to it can stop before Redis refuses everybody: workers write too,
 * and what they run is what makes room. It looks at most once a second while somebody asks, never for a request, and counts
 * what this process was granted since. Low and fine again are one line of the log each.
 */
export class MemoryWatch {
  readonly #parts: MemoryWatchParts;
  readonly #nodes = new WeakMap<Redis, NodeMemory>();
  /** Those that are low, with the last that was seen of them. */
  readonly #low = new Map<Redis, number>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: MemoryWatchParts) {
    this.#parts = parts;
  }

  /**
   * Whether a server has room for so many bytes with no more than this share of its memory in use; they count as used from
   * then on. True while nothing is known.
   */
  hasRoom(node: Redis, bytes: number, upToShare: number): boolean {
    const memory = this.#memoryOf(node);
    const nowMs = this.#parts.nowMs();
    const maxBytes = memory.report?.maxBytes ?? Infinity;
    const unlooked = memory.grantedBytes + bytes;
    const everyMs = unlooked > maxBytes * LOOK_BEHIND_SHARE ? LOOK_EVERY_AT_LEAST_MS : LOOK_EVERY_MS;
    if (nowMs - memory.askedAtMs >= everyMs) void this.#look(node, memory);
    if (memory.report === undefined || nowMs - memory.seenAtMs > STALE_AFTER_MS) return true;
    if (memory.report.usedBytes + unlooked > maxBytes * upToShare) return false;
    memory.grantedBytes = unlooked;
    return true;
  }

  /** What is low of these servers, for people; as it was within the last second. */
  async lowOf(nodes: readonly Redis[]): Promise<string | undefined> {
    await Promise.all(nodes.map((node) => this.#lookIfOld(node)));
    const shares = nodes.flatMap((node) => this.#low.get(node) ?? []);
    return shares.length === 0 ? undefined : wordsOf(Math.max(...shares));
  }

  close(): void {
    this.#closed = true;
    this.#low.clear();
    clearTimeout(this.#timer);
  }

  #memoryOf(node: Redis): NodeMemory {
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    const memory = {
      report: undefined,
      seenAtMs: -Infinity,
      askedAtMs: -Infinity,
      grantedBytes: 0,
      looking: undefined,
    };
    this.#nodes.set(node, memory);
    return memory;
  }

  async #lookIfOld(node: Redis): Promise<void> {
    const memory = this.#memoryOf(node);
    if (this.#parts.nowMs() - memory.askedAtMs >= LOOK_EVERY_MS) void this.#look(node, memory);
    await memory.looking;
  }

  #look(node: Redis, memory: NodeMemory): Promise<void> {
    if (this.#closed) return Promise.resolve();
    memory.looking ??= this.#ask(node, memory).finally(() => {
      memory.looking = undefined;
    });
    return memory.looking;
  }

  async #ask(node: Redis, memory: NodeMemory): Promise<void> {
    memory.askedAtMs = this.#parts.nowMs();
    // Sent before the question on the same connection, so that the answer has it.
    const asked = memory.grantedBytes;
    try {
      memory.report = memoryReport(await withDeadline(this.#parts.infoOf(node), LOOK_WITHIN_MS));
    } catch {
      // A user without INFO, or a connection that was lost: what was seen gets stale.
      if (this.#parts.nowMs() - memory.seenAtMs > STALE_AFTER_MS) this.#notLow(node);
      return;
    }
    memory.grantedBytes -= asked;
    memory.seenAtMs = this.#parts.nowMs();
    this.#judge(node, memory.report);
  }

  #judge(node: Redis, { usedBytes, maxBytes = Infinity }: MemoryReport): void {
    if (this.#closed) return;
    const share = usedBytes / maxBytes;
    if (share < (this.#low.has(node) ? FINE_BELOW_SHARE : LOW_FROM_SHARE)) {
      this.#notLow(node, share);
      return;
    }
    if (this.#low.size === 0)
      this.#parts.log.warn({ event: 'redis.memory_low', used_percent: percentOf(share) }, wordsOf(share));
    this.#low.set(node, share);
    this.#lookAgain();
  }

  /** @param share undefined where nothing is known any more */
  #notLow(node: Redis, share?: number): void {
    if (!this.#low.delete(node) || this.#low.size > 0) return;
    const fields = share === undefined ? {} : { used_percent: percentOf(share) };
    const words = share === undefined ? 'nothing is known any more of the memory of Redis' : 'Redis has memory again';
    this.#parts.log.info({ event: 'redis.memory_fine', ...fields }, words);
  }

  /** While it is low, for the end of it. */
  #lookAgain(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const node of this.#low.keys()) void this.#lookWhileLow(node);
    }, LOOK_EVERY_MS).unref();
  }

  async #lookWhileLow(node: Redis): Promise<void> {
    if (node.status === 'ready') await this.#lookIfOld(node);
    // Nothing is known of a server that is gone.
    else this.#notLow(node);
    if (this.#low.size > 0) this.#lookAgain();
  }
}

const percentOf = (share: number): number => Math.round(share * 100);
const wordsOf = (share: number): string => `the memory of Redis is low: ${percentOf(share)} % of maxmemory are used`;
