import { closeSync, type fdatasync, openSync, realpathSync } from 'node:fs';
import { StoreUnavailable } from './store.ts';

/**
 * Brings SQLite's write-ahead log to the disk, in the background and once for all who wait. Its own commits do not wait
 * for the disk (`synchronous = NORMAL`), which would stop the whole process; whoever answers somebody waits here first.
 * That comes to the same as `FULL`: a commit that is lost with the power is one of which nobody has heard.
 */
export class WalSync {
  readonly #fd: number;
  readonly #sync: typeof fdatasync;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #failed: StoreUnavailable | null = null;

  /**
   * @param path the database, with a connection to it that stays open as long as this does: the log is there then
   */
  constructor(path: string, sync: typeof fdatasync) {
    // SQLite has its log beside the file itself, also where the path is a link to it.
    this.#fd = openSync(`${realpathSync(path)}-wal`, 'r+');
    this.#sync = sync;
  }

  /**
   * Ends once all that was committed before the call is on the disk.
   * @throws StoreUnavailable where the disk failed once: what it holds nobody knows then, until the process starts anew
   */
  done(): Promise<void> {
    if (this.#running === null) return this.#start();
    // What runs may have begun before the commit.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** @throws StoreUnavailable where the disk failed once */
  assertSound(): void {
    if (this.#failed !== null) throw this.#failed;
  }

  #start(): Promise<void> {
    this.#next = null;
    if (this.#failed !== null) return Promise.reject(this.#failed);
    this.#running = new Promise((resolve, reject) => {
      this.#sync(this.#fd, (error) => {
        this.#running = null;
        if (error === null) return resolve();
        this.#failed = new StoreUnavailable(`the disk did not take the log (${error.code}); start the verifier anew`);
        reject(this.#failed);
      });
    });
    return this.#running;
  }

  async close(): Promise<void> {
    await this.#next?.catch(() => {});
    await this.#running?.catch(() => {});
    closeSync(this.#fd);
  }
}
