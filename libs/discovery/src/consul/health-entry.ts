import { wholeNumberIn } from '../whole-number.ts';
import type { Health, Instance } from '../instance.ts';

/** The part of Consul's JSON that is read, from `/v1/health/service/…` and `/v1/agent/health/service/name/…` alike. */
export interface ConsulHealthEntry {
  /** Absent in the agent's own view. */
  Node?: { Node?: string; Address?: string };
  Service: {
    ID: string;
    Service: string;
    /** Empty where the entry takes its node's address. */
    Address: string;
    Port: number;
    Tags: string[] | null;
    Meta: Record<string, string> | null;
    Weights?: { Passing?: number };
  };
  Checks: { CheckID: string; Status: string; Node?: string }[] | null;
}

/** Maintenance is a check with a fixed id and always critical; it is a state of its own beside critical. */
function healthOf(checks: { CheckID: string; Status: string }[]): Health {
  const inMaintenance = checks.some(
    ({ CheckID }) => CheckID.startsWith('_service_maintenance:') || CheckID === '_node_maintenance',
  );
  if (inMaintenance) return 'maintenance';
  return checks.every(({ Status }) => Status === 'passing') ? 'passing' : 'critical';
}

export function instanceOf({ Node, Service, Checks }: ConsulHealthEntry): Instance {
  const meta = Service.Meta ?? {};
  return {
    id: Service.ID,
    service: Service.Service,
    address: Service.Address === '' ? (Node?.Address ?? '') : Service.Address,
    port: Service.Port,
    health: healthOf(Checks ?? []),
    tags: Service.Tags ?? [],
    meta,
    weight: Service.Weights?.Passing ?? 1,
    epoch: wholeNumberIn(meta['epoch']) ?? 0,
  };
}

const healthRank: Readonly<Record<Health, number>> = { critical: 0, passing: 1, maintenance: 2 };

/**
 * Which entry counts where several nodes list one id, as they do for a while after a replica changed its agent: the
 * newest epoch's, then that of a node that is alive, then the one that says maintenance, which the replica itself asked
 * for, then the passing one.
 */
function precedence(entry: ConsulHealthEntry, { epoch, health }: Instance): number[] {
  const isNodeDown = entry.Checks?.some(({ CheckID, Status }) => CheckID === 'serfHealth' && Status === 'critical');
  return [epoch, isNodeDown ? 0 : 1, healthRank[health]];
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at >= 0 && (one[at] ?? 0) > (other[at] ?? 0);
}

/** All instances of an answer, each id once, sorted by id. */
export function instancesOf(body: unknown): Instance[] {
  if (!Array.isArray(body)) throw new TypeError('Consul answered no list');
  const byId = new Map<string, { instance: Instance; rank: number[] }>();
  for (const entry of body as ConsulHealthEntry[]) {
    const instance = instanceOf(entry);
    const rank = precedence(entry, instance);
    const known = byId.get(instance.id);
    if (known === undefined || isBefore(rank, known.rank)) byId.set(instance.id, { instance, rank });
  }
  return [...byId.values()].map(({ instance }) => instance).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
