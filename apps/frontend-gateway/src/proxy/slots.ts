/** SlotTotal limits the uses of several kinds together, of all instances. */
export class SlotTotal {
  used = 0;

  constructor(private readonly max: number) {}

  get isExhausted(): boolean {
    return this.used >= this.max;
  }
}

/** Slots limits how many uses of one kind each instance has from here. */
export class Slots {
  private readonly taken = new Map<string, number>();
  private readonly full = new Set<string>();

  /** @param total what they count for as well */
  constructor(
    readonly max: number,
    private readonly total?: SlotTotal,
  ) {}

  /** None is left at any instance. */
  get isTotalExhausted(): boolean {
    return this.total?.isExhausted === true;
  }

  /** Ids of instances that have none left. */
  get exhausted(): ReadonlySet<string> {
    return this.full;
  }

  used(id: string): number {
    return this.taken.get(id) ?? 0;
  }

  /** Takes a slot, also beyond the limit: then what it is for waits for its turn elsewhere. */
  take(id: string): void {
    const count = this.used(id) + 1;
    this.taken.set(id, count);
    if (this.total) this.total.used += 1;
    if (count === this.max) this.full.add(id);
  }

  /** @returns whether there was one */
  tryTake(id: string): boolean {
    if (this.isTotalExhausted || this.full.has(id)) return false;
    this.take(id);
    return true;
  }

  /** Gives one back; once for each that was taken. */
  release(id: string): void {
    const left = this.used(id) - 1;
    if (this.total) this.total.used -= 1;
    if (left <= 0) this.taken.delete(id);
    else this.taken.set(id, left);
    if (left < this.max) this.full.delete(id);
  }
}
