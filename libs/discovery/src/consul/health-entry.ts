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

/** Maintenance is a check with a fixed id and always critical; it is told apart from a replica that is ill. */
function healthOf(checks: { CheckID: string; Status: string }[]): Health {
  const inMaintenance = checks.some(
    ({ CheckID }) => CheckID.startsWith('_service_maintenance:') || CheckID === '_node_maintenance',
  );
  if (inMaintenance) return 'maintenance';
  return checks.every(({ Status }) => Status === 'passing') ? 'passing' : 'critical';
}

export function instanceOf({ Node, Service, Checks }: ConsulHealthEntry): Instance {
  const meta = Service.Meta ?? {};
  const epoch = Number(meta['epoch']);
  return {
    id: Service.ID,
    service: Service.Service,
    address: Service.Address === '' ? (Node?.Address ?? '') : Service.Address,
    port: Service.Port,
    health: healthOf(Checks ?? []),
    tags: Service.Tags ?? [],
    meta,
    weight: Service.Weights?.Passing ?? 1,
    epoch: Number.isSafeInteger(epoch) ? epoch : 0,
  };
}

/** All instances of an answer, sorted by id. An id that two nodes list counts once, the passing one if there is one. */
export function instancesOf(body: unknown): Instance[] {
  if (!Array.isArray(body)) throw new TypeError('Consul answered no list');
  const byId = new Map<string, Instance>();
  for (const entry of body as ConsulHealthEntry[]) {
    const instance = instanceOf(entry);
    if (byId.get(instance.id)?.health !== 'passing') byId.set(instance.id, instance);
  }
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
