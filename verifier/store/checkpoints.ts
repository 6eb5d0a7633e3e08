import { Worker } from 'node:worker_threads';

/** Changes after which the write-ahead log starts again: after a crash all of it is read. Each writes one to four pages. */
const restartAfter = 4_000;
/**
 * Changes after which the write-ahead log is checkpointed, while commits go on. Thousands of scattered pages at once would
 * keep the disk busy, and with it every answer; and nobody can write while the last pages are copied.
 */
const passiveAfter = 250;
/** A command that ends right after a large change checkpoints by closing the file, and needs no thread. */
const pauseMs = 100;

/** Checkpoints the write-ahead log now and then, in a thread of its own, which starts when first needed. */
export class Checkpoints {
  readonly #path: string;
  #worker: Worker | null = null;
  #sinceRestart = 0;
  #sinceLast = 0;
  #atWork = false;
  #pause: NodeJS.Timeout | undefined;

  /** @param path the SQLite file, opened and migrated already */
  constructor(path: string) {
    this.#path = path;
  }

  /** @param changes number of changes just committed */
  count(changes: number): void {
    this.#sinceRestart += changes;
    this.#sinceLast += changes;
    if (this.#atWork) return;
    if (this.#worker === null) {
      if (this.#sinceRestart < restartAfter) return;
      this.#atWork = true;
      this.#pause = setTimeout(() => this.#checkpoint(this.#start()), pauseMs).unref();
    } else if (this.#sinceLast >= passiveAfter) this.#checkpoint(this.#worker);
  }

  #checkpoint(worker: Worker): void {
    const restart = this.#sinceRestart >= restartAfter;
    if (restart) this.#sinceRestart = 0;
    this.#sinceLast = 0;
    this.#atWork = true;
    this.#worker = worker;
    worker.ref();
    worker.postMessage(restart ? 'restart' : 'passive');
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpointer.js', import.meta.url), {
      workerData: { path: this.#path },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    });
    const idle = () => {
      this.#atWork = false;
      // A checkpoint at work keeps the process alive, an idle thread does not.
      if (this.#worker === worker) worker.unref();
    };
    worker.on('message', idle);
    const gone = () => {
      if (this.#worker === worker) this.#worker = null;
      this.#atWork = false;
    };
    worker.once('error', gone);
    worker.once('exit', gone);
    return worker;
  }

  /** Ends after the checkpoint at work, if any. What is left in the log, SQLite checkpoints when the last connection closes. */
  async close(): Promise<void> {
    clearTimeout(this.#pause);
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    await new Promise<void>((resolve) => {
      worker.ref();
      worker.once('exit', () => resolve());
      worker.postMessage('close');
    });
  }
}
