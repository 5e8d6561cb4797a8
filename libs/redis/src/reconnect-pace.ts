/** ReconnectPace lets one connection of the process at a time be replaced on purpose, and no two within a second. */
export class ReconnectPace {
  #nextMs = -Infinity;

  /** False: not now. */
  tryTake(nowMs: number): boolean {
    if (nowMs < this.#nextMs) return false;
    this.#nextMs = nowMs + PACE_MS;
    return true;
  }
}
const PACE_MS = 1_000;

/** That of this process: all connections share it, because the server that they come back to counts them together. */
export const processPace = new ReconnectPace();
