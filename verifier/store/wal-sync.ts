import { closeSync, type fdatasync, openSync, realpathSync } from 'node:fs';
import { StoreUnavailable } from './store.ts';

/**
 * Syncs SQLite's write-ahead log to the disk, in the background and once for all that wait. SQLite's own commits do not
 * wait for the disk (`synchronous = NORMAL`), since that would block the whole process; instead, every answer waits here.
 * The guarantee is that of `FULL`: a power failure can lose only commits that nobody was told of.
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
   * @throws StoreUnavailable after any sync has failed: what is on the disk is unknown until the process is restarted
   */
  done(): Promise<void> {
    if (this.#running === null) return this.#start();
    // The sync that is running may have begun before the commit.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** @throws StoreUnavailable after any sync has failed */
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
