import { messageOf } from '@nestfleet/contracts';
import { withDeadline } from '@nestfleet/timing';
import type { HealthProbe, ProbeResult } from '../hooks.ts';

/** A probe that hangs must not hang `/healthz`. */
const PROBE_TIMEOUT_MS = 1_000;

/** runProbe never rejects: a fault or a time-out is a result. */
export async function runProbe(probe: HealthProbe, timeoutMs = PROBE_TIMEOUT_MS): Promise<ProbeResult> {
  try {
    return await withDeadline(probe.check(), timeoutMs);
  } catch (error) {
    return { status: 'down', detail: messageOf(error) };
  }
}
