import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const start = promisify(execFile);
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;
const SHOWN_CHARS = 1_500;

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

/** `RunFault` says how a program ended that did not end well, and holds all that it printed. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
  readonly output: string;

  constructor(what: string, output: string, options: ErrorOptions) {
    super(`${what}\n${output.slice(-SHOWN_CHARS)}`.trim(), options);
    this.output = output;
  }
}

/**
 * Runs a program to its end; what it printed. `what` names it in a fault.
 * @throws RunFault where it ends with another code than 0, or not in its time
 */
export async function run(
  what: string,
  [program = '', ...args]: readonly string[],
  { timeoutMs, ...options }: RunOptions,
): Promise<string> {
  try {
    const settings = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: OUTPUT_MAX_BYTES } as const;
    return (await start(program, args, { ...options, ...settings })).stdout;
  } catch (cause) {
    const {
      killed,
      code,
      stdout = '',
      stderr = '',
    } = cause as {
      killed?: boolean;
      code?: number | string;
      stdout?: string;
      stderr?: string;
    };
    const end = killed === true ? `did not end within ${timeoutMs / 1_000} s` : `ended with ${code ?? 'a signal'}`;
    throw new RunFault(`${what} ${end}`, `${stdout}${stderr}`.trim(), { cause });
  }
}
