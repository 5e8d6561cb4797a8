import { readyReport, type ReadyReport } from '@nestfleet/contracts';
import { parseJson } from '../core/parse-json.ts';

/** parseReadyLine reads the ready report in one line of a service's output, undefined when the line is something else. */
export const parseReadyLine = (line: string): ReadyReport | undefined =>
  parseJson(readyReport, line.includes('service.ready') ? line : undefined);
