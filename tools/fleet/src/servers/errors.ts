/** serverFaults are the error codes of this folder, with what a person does about it. */
export const serverFaults = {
  server_missing: 'No such program here and none could be fetched; the message says what to install.',
  server_unusable: 'The program that the environment names does not run here or is too old.',
  cache_unusable: 'The cache folder cannot be written, or its disk is full; the message says how to name another one.',
  step_failed: 'An outside command ended with a fault; the end of its output is in the message.',
  step_timeout: 'An outside command or a download did not end in its time.',
  checksum_mismatch: 'A downloaded file is not the one its list of checksums names.',
  archive_unreadable: 'A downloaded archive does not hold what it should.',
} as const;

export class ServerFault extends Error {
  override readonly name = 'ServerFault';
  readonly code: keyof typeof serverFaults;

  constructor(code: keyof typeof serverFaults, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** messageOf is the message of anything thrown. */
export function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
