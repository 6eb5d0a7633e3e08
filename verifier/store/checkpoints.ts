import { Worker } from 'node:worker_threads';

/** Changes after which the log begins anew, since it must be read after a crash. Each writes one to four pages to it. */
const changesOfLog = 4_000;
/**
 * Changes after which what the log holds is carried over into the file beside the commits. Thousands of scattered pages
 * at once would hold up the disk, and with it every answer; and nobody can write while the log's rest is carried over.
 */
const changesBeside = 250;
/** A command that ends right after a large change carries the log over by closing the file, and needs no thread. */
const pauseMs = 100;

/** Carries the write-ahead log over now and then, in a thread of its own, which starts with the first time. */
export class Checkpoints {
  readonly #path: string;
  #worker: Worker | null = null;
  #inLog = 0;
  #sinceCarried = 0;
  #carrying = false;
  #pause: NodeJS.Timeout | undefined;

  /** @param path the SQLite file, opened and migrated already */
  constructor(path: string) {
    this.#path = path;
  }

  /** @param changes committed just now */
  count(changes: number): void {
    this.#inLog += changes;
    this.#sinceCarried += changes;
    if (this.#carrying) return;
    if (this.#worker === null) {
      if (this.#inLog < changesOfLog) return;
      this.#carrying = true;
      this.#pause = setTimeout(() => this.#carry(this.#start()), pauseMs).unref();
    } else if (this.#sinceCarried >= changesBeside) this.#carry(this.#worker);
  }

  #carry(worker: Worker): void {
    const anew = this.#inLog >= changesOfLog;
    if (anew) this.#inLog = 0;
    this.#sinceCarried = 0;
    this.#carrying = true;
    this.#worker = worker;
    worker.ref();
    worker.postMessage(anew ? 'anew' : 'beside');
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpointer.js', import.meta.url), {
      workerData: { path: this.#path },
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    });
    const idle = () => {
      this.#carrying = false;
      // The end is waited for, and nothing else may keep the process alive until then.
      if (this.#worker === worker) worker.unref();
    };
    worker.on('message', idle);
    const gone = () => {
      if (this.#worker === worker) this.#worker = null;
      this.#carrying = false;
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
    this.#worker = null;
    await new Promise<void>((resolve) => {
      worker.ref();
      worker.once('exit', () => resolve());
      worker.postMessage('close');
    });
  }
}
