import { Worker } from 'node:worker_threads';

/**
 * Changes after which the log is carried over into the file. Each writes one to four pages of 4 KiB to the log. Pages
 * that changed more than once are carried over once, so that rarely is cheap; but the log must be read after a crash.
 */
const changesBetween = 4_000;
/** A command that ends right after a large change carries the log over by closing the file, and needs no thread. */
const pauseMs = 100;

/** Carries the write-ahead log over now and then, in a thread of its own, which starts with the first time. */
export class Checkpoints {
  readonly #path: string;
  #worker: Worker | null = null;
  #changes = 0;
  #carrying = false;
  #pause: NodeJS.Timeout | undefined;

  /** @param path the SQLite file, opened and migrated already */
  constructor(path: string) {
    this.#path = path;
  }

  /** @param changes committed just now */
  count(changes: number): void {
    this.#changes += changes;
    if (this.#changes < changesBetween || this.#carrying) return;
    this.#changes = 0;
    this.#carrying = true;
    if (this.#worker !== null) this.#carry(this.#worker);
    else this.#pause = setTimeout(() => this.#carry(this.#start()), pauseMs).unref();
  }

  #carry(worker: Worker): void {
    this.#worker = worker;
    worker.ref();
    worker.postMessage('carry');
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpointer.js', import.meta.url), {
      workerData: { path: this.#path },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    });
    const idle = () => {
      this.#carrying = false;
      worker.unref();
    };
    worker.on('message', idle);
    const gone = () => {
      if (this.#worker === worker) this.#worker = null;
      idle();
    };
    worker.once('error', gone);
    worker.once('exit', gone);
    return worker;
  }

  /** Ends after what it does now. The log stays; SQLite carries it over when the last connection closes. */
  async close(): Promise<void> {
    clearTimeout(this.#pause);
    const worker = this.#worker;
    if (worker === null) return;
    await new Promise<void>((resolve) => {
      worker.ref();
      worker.once('exit', () => resolve());
      worker.postMessage('close');
    });
  }
}
