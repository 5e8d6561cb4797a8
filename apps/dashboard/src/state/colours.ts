/** Colours of the palette in style.css (`--replica-0` …). */
const COLOURS = 8;

/**
 * The palette slot for a name that has none yet: `api-2` gets the second, so that a reload shows the same colours; any
 * other name, or a slot that is taken, the first free one. With all taken, slots are shared.
 */
export function chooseSlot(name: string, taken: ReadonlySet<number>): number {
  const ordinal = /-(\d{1,3})$/.exec(name)?.[1];
  const preferred = ordinal === undefined ? 0 : (Number(ordinal) + COLOURS - 1) % COLOURS;
  for (let step = 0; step < COLOURS; step += 1) {
    const slot = (preferred + step) % COLOURS;
    if (!taken.has(slot)) return slot;
  }
  return preferred;
}

/** Gives each name a CSS colour and keeps it for the life of the page. */
export function createColours(): (name: string) => string {
  const slots = new Map<string, number>();
  return (name) => {
    let slot = slots.get(name);
    if (slot === undefined) {
      slot = chooseSlot(name, new Set(slots.values()));
      slots.set(name, slot);
    }
    return `var(--replica-${slot})`;
  };
}
