import type { Redis } from 'ioredis';
import { withDeadline } from '@nestfleet/timing';
import { type DurabilityRisk, durabilityRisks } from './durability.ts';
import type { RedisLog } from './log.ts';

/** It is nobody's request; without an answer in this time it is asked after the next connect. */
const REPORT_WITHIN_MS = 2_000;

/** `durabilityWatch` logs each risk once, again only when it was gone in between. */
export function durabilityWatch(log: RedisLog, expectsReplica: boolean): (nodes: readonly Redis[]) => Promise<void> {
  let known = new Set<string>();

  return async (nodes) => {
    const found = new Map<string, DurabilityRisk & { nodes: string[] }>();
    for (const [name, risks] of await Promise.all(nodes.map((node) => ask(node, expectsReplica)))) {
      for (const risk of risks) {
        const seen = found.get(risk.risk) ?? { ...risk, nodes: [] };
        seen.nodes.push(name);
        found.set(risk.risk, seen);
      }
    }
    for (const { risk, message, nodes: at } of found.values()) {
      if (!known.has(risk))
        log.warn({ event: 'redis.durability_risk', risk, nodes: at }, `Redis may lose data: ${message}`);
    }
    known = new Set(found.keys());
  };
}

async function ask(node: Redis, expectsReplica: boolean): Promise<[string, DurabilityRisk[]]> {
  const name = `${node.stream.remoteAddress}:${node.stream.remotePort}`;
  // A user without CONFIG, or without INFO, still has the rest; ioredis' answer for one name is a flat pair.
  const config = (setting: string) => node.config('GET', setting);
  const asked = Promise.allSettled([node.info(), config('save'), config('appendfsync')]);
  try {
    const [info, save, appendfsync] = await withDeadline(asked, REPORT_WITHIN_MS);
    if (info.status === 'rejected') return [name, []];
    return [
      name,
      durabilityRisks({ info: info.value, save: settingOf(save), appendfsync: settingOf(appendfsync), expectsReplica }),
    ];
  } catch {
    return [name, []];
  }
}

const settingOf = (reply: PromiseSettledResult<string[]>): string | undefined =>
  reply.status === 'fulfilled' ? reply.value[1] : undefined;
