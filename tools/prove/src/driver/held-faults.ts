import { messageOf } from '@nestfleet/contracts';

interface HeldFault {
  readonly undo: () => Promise<void>;
  running?: Promise<void> | undefined;
}

/** HeldFaults remembers what undoes each fault that still lasts. One that could not be undone is still held. */
export class HeldFaults {
  private readonly held = new Map<string, HeldFault>();

  /** To be called before the fault begins: half of one has to be undone too. */
  hold(what: string, undo: () => Promise<void>): void {
    this.held.set(what, { undo });
  }

  /** Undoes it, once for all who ask meanwhile. What is not held is undone. */
  release(what: string): Promise<void> {
    const fault = this.held.get(what);
    if (fault === undefined) return Promise.resolve();
    fault.running ??= this.undo(what, fault);
    return fault.running;
  }

  /** Tries all, also where one cannot be undone. @throws with the name of each that is still there */
  async releaseAll(startsWith = ''): Promise<void> {
    const names = [...this.held.keys()].filter((each) => each.startsWith(startsWith));
    const results = await Promise.allSettled(names.map((each) => this.release(each)));
    const left = results.flatMap((each, at) =>
      each.status === 'rejected' ? [`STILL THERE: ${names[at]}: ${messageOf(each.reason)}`] : [],
    );
    if (left.length > 0) throw new Error(left.join('\n'));
  }

  private async undo(what: string, fault: HeldFault): Promise<void> {
    try {
      await fault.undo();
      if (this.held.get(what) === fault) this.held.delete(what);
    } finally {
      fault.running = undefined;
    }
  }
}
