/**
 * What each expert cost since somebody last asked: rows computed and their time, loads and their time. By version, so
 * that a new version of an expert begins at nothing.
 */

export interface ExpertTime {
  readonly slot: string;
  readonly version: string;
  /** Rows that it computed: tokens of prompts and answers. */
  readonly tokens: number;
  /** Time of these rows, ms: experts of a layer run together, so each row gets its share of their time. */
  readonly computeMs: number;
  readonly loads: number;
  readonly loadMs: number;
}

type Counted = { -readonly [K in keyof ExpertTime]: ExpertTime[K] };

export class ExpertTimes {
  #counted = new Map<string, Counted>();

  /** @param key slot and version, as `ExpertRef` has them */
  computed(key: string, rows: number, ms: number): void {
    const entry = this.#entry(key);
    entry.tokens += rows;
    entry.computeMs += ms;
  }

  loaded(key: string, ms: number): void {
    const entry = this.#entry(key);
    entry.loads += 1;
    entry.loadMs += ms;
  }

  /** Everything counted since the last call. */
  take(): ExpertTime[] {
    const taken = [...this.#counted.values()];
    this.#counted = new Map();
    return taken;
  }

  #entry(key: string): Counted {
    let entry = this.#counted.get(key);
    if (entry === undefined) {
      const at = key.indexOf("@");
      entry = { slot: key.slice(0, at), version: key.slice(at + 1), tokens: 0, computeMs: 0, loads: 0, loadMs: 0 };
      this.#counted.set(key, entry);
    }
    return entry;
  }
}
