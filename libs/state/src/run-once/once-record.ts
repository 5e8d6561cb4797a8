import { StateError } from '../errors.ts';
import { requireKey } from '../keys.ts';
import type { Values } from '../values/values.ts';

interface Entry {
  readonly state: 'running' | 'done';
  readonly fencing_token: number;
}

/** OnceRecord is what all replicas know of one task. Each write is behind the one that its writer has read. */
export class OnceRecord {
  readonly #values: Values;
  readonly #key: string;

  constructor(values: Values, name: string, version: string) {
    this.#values = values;
    this.#key = requireKey(`run-once:${name}:${version}`);
  }

  async isDone(): Promise<boolean> {
    return (await this.#read()).entry?.state === 'done';
  }

  /**
   * Undefined where it is done already; else the version behind which `finish` writes.
   * @param ranBehind the version behind which the caller has run it to its end: answered again where nobody has begun since
   * @throws StateError `lease_lost` where a later holder has begun
   */
  async begin(fencingToken: number, ranBehind?: number): Promise<number | undefined> {
    const { entry, version } = await this.#read();
    if (entry?.state === 'done') return undefined;
    if (version !== undefined && version === ranBehind) return version;
    if (entry !== undefined && entry.fencing_token > fencingToken) throw begunByOthers();
    return this.#write({ state: 'running', fencing_token: fencingToken }, version ?? 'absent');
  }

  /** @throws StateError `lease_lost` where a later holder has begun */
  async finish(fencingToken: number, version: number): Promise<void> {
    await this.#write({ state: 'done', fencing_token: fencingToken }, version);
  }

  async #read(): Promise<{ readonly entry?: Entry; readonly version?: number }> {
    const found = await this.#values.get(this.#key);
    return found === undefined ? {} : { entry: JSON.parse(found.value) as Entry, version: found.version };
  }

  async #write(entry: Entry, ifVersion: number | 'absent'): Promise<number> {
    try {
      return (await this.#values.put(this.#key, JSON.stringify(entry), { ifVersion })).version;
    } catch (error) {
      throw error instanceof StateError && error.code === 'version_conflict' ? begunByOthers() : error;
    }
  }
}

const begunByOthers = (): StateError => new StateError('lease_lost', 'another replica has begun meanwhile');
