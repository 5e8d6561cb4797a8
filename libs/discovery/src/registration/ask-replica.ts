import { originOf, type Instance } from '../instance.ts';
import { READINESS } from './health-check.ts';

/** What a replica says of itself at its readiness path. */
export interface ReadinessReply {
  readonly status: number;
  /** Who answered, where the answer says so. */
  readonly instanceId?: string;
}

/** Undefined where nobody answers in the time that a check gives. */
export type AskReplica = (place: Pick<Instance, 'address' | 'port'>) => Promise<ReadinessReply | undefined>;

export const askReplica: AskReplica = async (place) => {
  try {
    const signal = AbortSignal.timeout(READINESS.timeoutMs);
    const response = await fetch(new URL(READINESS.path, originOf(place)), { redirect: 'manual', signal });
    const body: unknown = await response.json().catch(() => undefined);
    const { status } = response;
    const instanceId = (body as { instance_id?: unknown } | null | undefined)?.instance_id;
    return typeof instanceId === 'string' ? { status, instanceId } : { status };
  } catch {
    return undefined;
  }
};
