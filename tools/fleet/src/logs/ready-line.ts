import { readyReport, type ReadyReport } from '@nestfleet/contracts';

/** parseReadyLine reads the ready report in one line of a service's output, undefined when the line is something else. */
export function parseReadyLine(line: string): ReadyReport | undefined {
  if (!line.includes('service.ready')) return undefined;
  try {
    return readyReport.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
