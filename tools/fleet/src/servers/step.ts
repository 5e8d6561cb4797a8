import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { ServerFault } from './errors.ts';

export interface StepOptions {
  /** The command is killed after this time. */
  timeoutMs: number;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

const outputTailChars = 600;
const outputMaxBytes = 64 * 1024 * 1024;

/** runStep runs one outside command without a shell and answers its stdout. Throws ServerFault, never hangs. */
export function runStep(command: string, args: readonly string[], options: StepOptions): Promise<string> {
  const settings = {
    ...options,
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: outputMaxBytes,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...settings, encoding: 'utf8' }, (fault, stdout, stderr) => {
      if (fault === null) return resolve(stdout);
      const name = `${basename(command)} ${args.filter((arg) => !arg.startsWith('-') && !arg.includes('::')).join(' ')}`;
      if (fault.killed === true) {
        return reject(new ServerFault('step_timeout', `${name} did not end within ${options.timeoutMs / 1000} s`));
      }
      const words = (stderr.trim() || stdout.trim() || fault.message).slice(-outputTailChars);
      return reject(new ServerFault('step_failed', `${name}: ${words}`, { cause: fault }));
    });
  });
}
