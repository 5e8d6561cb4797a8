import { rmSync } from 'node:fs';
import { fleetState, type FleetState } from '@nestfleet/contracts';
import { parseJson } from '../core/parse-json.ts';
import { readText } from '../logs/log-file.ts';
import { writeAtomically } from '../process/write-atomically.ts';

/** readState reads the state file of a stack, undefined when there is none or it is no such thing. */
export const readState = (path: string): FleetState | undefined => parseJson(fleetState, readText(path));

export interface StateFile {
  /** Writes when it differs from what was written last. @throws what the file system says */
  write(state: FleetState): void;
  remove(): void;
}

export function openStateFile(path: string): StateFile {
  let written = '';
  return {
    write: (state) => {
      const text = `${JSON.stringify(state, null, 2)}\n`;
      if (text === written) return;
      writeAtomically(path, text);
      written = text;
    },
    remove: () => rmSync(path, { force: true }),
  };
}
