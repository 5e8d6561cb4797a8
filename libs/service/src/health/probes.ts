import { wordsOf } from '@nestfleet/contracts';
import type { HealthProbe, ProbeResult } from '../hooks.ts';

/** A probe that hangs must not hang `/healthz`. */
export const PROBE_TIMEOUT_MS = 1_000;

/** runProbe never rejects: a fault or a time-out is a result. */
export async function runProbe(probe: HealthProbe, timeoutMs = PROBE_TIMEOUT_MS): Promise<ProbeResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ProbeResult>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'down', detail: `no answer within ${timeoutMs} ms` }), timeoutMs);
  });
  try {
    return await Promise.race([probe.check(), late]);
  } catch (error) {
    return { status: 'down', detail: wordsOf(error) };
  } finally {
    clearTimeout(timer);
  }
}
