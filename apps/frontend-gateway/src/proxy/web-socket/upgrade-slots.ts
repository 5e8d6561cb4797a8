/** UpgradeSlots limits how many upgraded connections one replica has from here. */
export class UpgradeSlots {
  private readonly taken = new Map<string, number>();

  constructor(private readonly max: number) {}

  /** Ids of replicas that have none left. */
  exhausted(): string[] {
    return [...this.taken].filter(([, count]) => count >= this.max).map(([id]) => id);
  }

  /** @returns releases the slot; call it once */
  acquire(id: string): () => void {
    this.taken.set(id, (this.taken.get(id) ?? 0) + 1);
    return () => {
      const left = (this.taken.get(id) ?? 1) - 1;
      if (left === 0) this.taken.delete(id);
      else this.taken.set(id, left);
    };
  }
}
