/**
 * Slots are a set of a few objects that come and go all the time, in no order. Not a Set: V8 lets each table of a Set point to the one that
 * took its place, so that a single table which has grown old keeps all that were in the later ones until the next full collection, and every
 * small collection copies them.
 */
export class Slots<T extends object> {
  private readonly slots: (T | undefined)[] = [];
  private used = 0;

  get size(): number {
    return this.used;
  }

  add(item: T): void {
    if (this.has(item)) return;
    const free = this.slots.indexOf(undefined);
    if (free === -1) this.slots.push(item);
    else this.slots[free] = item;
    this.used += 1;
  }

  has(item: T): boolean {
    return this.slots.includes(item);
  }

  delete(item: T): void {
    const at = this.slots.indexOf(item);
    if (at === -1) return;
    this.slots[at] = undefined;
    this.used -= 1;
  }

  find(fits: (item: T) => boolean): T | undefined {
    return this.slots.find((item) => item !== undefined && fits(item));
  }

  all(): T[] {
    return this.slots.filter((item) => item !== undefined);
  }
}
