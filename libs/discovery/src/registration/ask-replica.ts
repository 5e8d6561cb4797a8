import { originOf, type Instance } from '../instance.ts';
import { READINESS } from './health-check.ts';

/** What a replica says of itself at its readiness path. */
export interface ReadinessReply {
  readonly status: number;
  /** Who answered, where the answer says so. */
  readonly service?: string;
  readonly instanceId?: string;
}

/** Somebody else may sit behind the port by now, and talk without end. */
const ANSWER_MAX_CHARS = 4_096;

async function identityIn(response: Response): Promise<Omit<ReadinessReply, 'status'>> {
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length > ANSWER_MAX_CHARS) return {};
  }
  const said = JSON.parse(text) as { service?: unknown; instance_id?: unknown } | null;
  return {
    ...(typeof said?.service === 'string' ? { service: said.service } : {}),
    ...(typeof said?.instance_id === 'string' ? { instanceId: said.instance_id } : {}),
  };
}

/** Undefined where nobody answers in the time that a check gives. */
export type AskReplica = (place: Pick<Instance, 'address' | 'port'>) => Promise<ReadinessReply | undefined>;

export const askReplica: AskReplica = async (place) => {
  try {
    const signal = AbortSignal.timeout(READINESS.timeoutMs);
    const response = await fetch(new URL(READINESS.path, originOf(place)), { redirect: 'manual', signal });
    return { status: response.status, ...(await identityIn(response).catch(() => ({}))) };
  } catch {
    return undefined;
  }
};
