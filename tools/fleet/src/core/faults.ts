/** stackFaults are the error codes of the engine, with what they mean. */
export const stackFaults = {
  bad_argument: 'The command was called with something it does not understand.',
  port_in_use: 'Another process listens on the public port.',
  public_host: 'The address for the public port is not one of this machine.',
  never_ready: 'A server or a replica did not become ready; the message has the end of its log.',
  not_built: 'An app has no bundle.',
  build_failed: 'The apps could not be built.',
  disk_full: 'The disk that holds the stack folder has no room.',
  stack_dir: 'The stack folder cannot be used.',
  not_running: 'No fleet is up in this stack folder.',
  other_fleet: 'Another fleet than the one that was asked for is up in this stack folder.',
  no_docker: 'Docker or Compose v2 does not answer.',
  docker_failed: 'A command of Docker ended with a fault; the end of its output is in the message.',
  interrupted: 'A signal ended the command.',
  refused: 'A replica cannot be asked, or did not do what it was asked.',
  busy: 'The fleet is being started or stopped by another command.',
  supervisor_lost: 'The supervisor ended before it had answered.',
} as const;

export class StackFault extends Error {
  override readonly name = 'StackFault';
  readonly code: keyof typeof stackFaults;

  constructor(code: keyof typeof stackFaults, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const fullDisk = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

/** isDiskFull is true for an error of the file system that says "no room". */
export const isDiskFull = (fault: unknown): boolean =>
  fault instanceof Error && 'code' in fault && typeof fault.code === 'string' && fullDisk.has(fault.code);
