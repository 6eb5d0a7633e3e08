import type { OtpParameters } from '../../shared/otp.ts';
import type { StockKey } from './judge.ts';

/**
 * Many keys, packed: a box of 100,000 has to lie in memory until its last record is known to be sound, since nothing
 * of a file comes into stock before.
 */
export class KeyList {
  readonly #serials = new Set<string>();
  readonly #records: number[] = [];
  readonly #ends: number[] = [];
  readonly #drifts: number[] = [];
  /** NaN: no expiry. */
  readonly #expiries: number[] = [];
  readonly #parameters: OtpParameters[] = [];
  readonly #kinds = new Map<string, OtpParameters>();
  #seeds = new Uint8Array(64 * 1024);
  #used = 0;

  /** In the order of the file. */
  get serials(): ReadonlySet<string> {
    return this.#serials;
  }

  /** False where the serial is there already: then nothing is added. The seed is copied and wiped. */
  add({ record, serial, seed, parameters, driftSteps, expiresAtMs }: StockKey): boolean {
    if (this.#serials.has(serial)) return false;
    this.#serials.add(serial);
    const end = this.#used + seed.byteLength;
    if (end > this.#seeds.byteLength) this.#grow();
    this.#seeds.set(seed, this.#used);
    seed.fill(0);
    this.#used = end;
    const kind = `${parameters.algorithm} ${parameters.digits} ${parameters.periodSeconds}`;
    const known = this.#kinds.get(kind) ?? parameters;
    this.#kinds.set(kind, known);
    this.#parameters.push(known);
    this.#records.push(record);
    this.#ends.push(end);
    this.#drifts.push(driftSteps);
    this.#expiries.push(expiresAtMs ?? Number.NaN);
    return true;
  }

  /** The keys in the order of the file; each seed is a copy. */
  *[Symbol.iterator](): Generator<StockKey> {
    let start = 0;
    let i = 0;
    for (const serial of this.#serials) {
      const end = this.#ends[i] ?? 0;
      const parameters = this.#parameters[i];
      const expiry = this.#expiries[i] ?? Number.NaN;
      if (parameters === undefined) throw new Error('a list of keys lost one');
      yield {
        record: this.#records[i] ?? 0,
        serial,
        seed: this.#seeds.slice(start, end),
        parameters,
        driftSteps: this.#drifts[i] ?? 0,
        expiresAtMs: Number.isNaN(expiry) ? null : expiry,
      };
      start = end;
      i++;
    }
  }

  /** Overwrites every seed. */
  wipe(): void {
    this.#seeds.fill(0);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#seeds.byteLength * 2);
    larger.set(this.#seeds);
    this.#seeds.fill(0);
    this.#seeds = larger;
  }
}
