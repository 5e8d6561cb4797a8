import { join } from 'node:path';
import { EXIT_UNAVAILABLE } from '../exit-codes.ts';
import { runChild } from './child.ts';
import { none, oneFailed, onePassed } from './counts.ts';
import { printLog } from './log-tail.ts';
import { formatCheck, type Stage } from './stage.ts';

const COMMAND = `"${process.execPath}" tools/checks/src/kubernetes.ts`;

/** kubernetesStage renders and checks every overlay of deploy/kubernetes; the command is a parameter of the tests alone. */
export function kubernetesStage(timeLimitMs: number, command = COMMAND): Stage {
  return {
    name: 'kubernetes',
    timeLimitMs,
    hasServers: false,
    mayLackAll: true,
    async run({ workspace, folder, signal, print, noteFailure }) {
      const startedMs = performance.now();
      const logFile = join(folder, 'kubernetes.log');
      const code = await runChild(command, { cwd: workspace.root, logFile, signal });
      if (code === EXIT_UNAVAILABLE) {
        printLog(logFile, print);
        return { ...none, skipped: 1 };
      }
      const counts = code === 0 ? onePassed : oneFailed;
      print(formatCheck('every overlay', counts, performance.now() - startedMs));
      if (code === 0) return counts;
      printLog(logFile, print);
      noteFailure('the overlays of deploy/kubernetes');
      return counts;
    },
  };
}
