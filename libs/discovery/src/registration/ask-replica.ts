import { deadlineSignal } from '@nestfleet/timing';
import { originOf, type Instance } from '../instance.ts';
import { CHECK_PATH_META, READINESS } from './health-check.ts';

/** ReadinessReply is what a replica answers at its readiness path. */
export interface ReadinessReply {
  readonly status: number;
  /** Who answered, where the answer says so. */
  readonly service?: string;
  readonly instanceId?: string;
}

/** Another program may have the port by now, and answer without end. */
const ANSWER_MAX_CHARS = 4_096;

async function identityIn(response: Response): Promise<Omit<ReadinessReply, 'status'>> {
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length > ANSWER_MAX_CHARS) return {};
  }
  const body = JSON.parse(text) as { service?: unknown; instance_id?: unknown } | null;
  return {
    ...(typeof body?.service === 'string' ? { service: body.service } : {}),
    ...(typeof body?.instance_id === 'string' ? { instanceId: body.instance_id } : {}),
  };
}

/** Undefined where nobody answers in the time that a check gives. */
export type AskReplica = (replica: Pick<Instance, 'address' | 'port' | 'meta'>) => Promise<ReadinessReply | undefined>;

export const askReplica: AskReplica = async (instance) => {
  try {
    const signal = deadlineSignal(READINESS.timeoutMs);
    const origin = originOf(instance);
    const url = new URL(instance.meta[CHECK_PATH_META] ?? READINESS.path, origin);
    // An entry names a path of its own instance and no other address.
    if (url.origin !== new URL(origin).origin) return undefined;
    const response = await fetch(url, { redirect: 'manual', signal });
    return { status: response.status, ...(await identityIn(response).catch(() => ({}))) };
  } catch {
    return undefined;
  }
};
