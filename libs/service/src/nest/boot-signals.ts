import { type ProcessHost, SIGNALS } from '../shutdown/graceful-shutdown.ts';

/** Longest time for the rest of a start that is to end again, milliseconds; then nothing of it can be closed in order. */
const REST_OF_BOOT_MS = 5_000;

/**
 * BootSignals hears the signals that come while an app starts. Half of its modules are not there yet, so the first one is kept
 * until they are, and the app ends in order then; a second one ends the process at once, as ever.
 */
export class BootSignals {
  private readonly listeners = SIGNALS.map((name) => [name, () => this.hear(name)] as const);
  private first: NodeJS.Signals | undefined;
  private deadline: NodeJS.Timeout | undefined;

  constructor(private readonly host: ProcessHost) {
    for (const [name, listener] of this.listeners) host.on(name, listener);
  }

  /** The one that is kept. */
  get heard(): NodeJS.Signals | undefined {
    return this.first;
  }

  hear(signal: NodeJS.Signals): void {
    if (this.first === undefined) {
      this.first = signal;
      this.deadline = setTimeout(() => this.host.exit(1), REST_OF_BOOT_MS);
    } else if (signal !== 'SIGHUP') this.host.exit(1);
  }

  dispose(): void {
    clearTimeout(this.deadline);
    for (const [name, listener] of this.listeners) this.host.off(name, listener);
  }
}
