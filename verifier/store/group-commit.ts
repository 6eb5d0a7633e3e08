import { Worker } from 'node:worker_threads';
import type { FromWriter, HotCommand, HotResult, ToWriter } from './hot-command.ts';
import { AlreadyAnswered, StoreUnavailable } from './store.ts';

/** Commands that may wait for the disk at once. One more is refused at once: it would wait longer than a caller does. */
const maxWaiting = 2_000;

/** Commands of one transaction at most, which bounds how long other processes wait for theirs. */
const maxTogether = 512;

interface Waiting {
  readonly command: HotCommand;
  readonly resolve: (done: boolean) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Concurrent changes share one durable commit: what arrives while the disk is busy with one commit makes the next.
 * Nobody hears of their change before its commit.
 */
export interface GroupCommit {
  /**
   * True once the command is durable; false where its condition no longer held.
   * @throws StoreUnavailable where too many wait, the store is closed or the database fails; then it changed nothing
   * @throws AlreadyAnswered where another command has kept an answer under its key; then it changed nothing
   */
  run(command: HotCommand): Promise<boolean>;
  /** Runs `work` while no command is at work: another connection of this process writes then. */
  apart<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Ends after all that waits now is done. */
  close(): Promise<void>;
}

/**
 * @param path the SQLite file, opened and migrated already; the thread that writes starts with the first command
 * @param committed called after every commit, before anybody hears of their change
 */
export function groupCommitOver(path: string, committed: () => void): GroupCommit {
  let worker: Worker | null = null;
  let closed = false;
  /** In the order in which they were sent: the answers come in the same. */
  const sent: Waiting[] = [];
  /** Messages that the thread has not answered. */
  let unanswered = 0;
  const waiting: Waiting[] = [];
  let sending = false;
  let held = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const idle: (() => void)[] = [];

  function settle({ resolve, reject }: Waiting, result: HotResult): void {
    if (result.kind === 'done' || result.kind === 'refused') resolve(result.kind === 'done');
    else if (result.kind === 'unavailable') reject(new StoreUnavailable(result.why));
    else if (result.kind === 'failed') reject(new Error(result.why));
    else reject(new AlreadyAnswered('another request under this idempotency key was first'));
  }

  function becameIdle(): void {
    worker?.unref();
    for (const hear of idle.splice(0)) hear();
  }

  /** A thread that ended by itself: whether its last commit happened nobody knows, and the next command starts another. */
  function lost(gone: Worker, error: Error | null): void {
    if (worker !== gone) return;
    worker = null;
    unanswered = 0;
    const why = new StoreUnavailable(`the writing thread ended: ${error?.message ?? 'no error'}`);
    for (const { reject } of sent.splice(0)) reject(why);
    becameIdle();
    send();
  }

  function start(): Worker {
    const started = new Worker(new URL('./sqlite-writer.ts', import.meta.url), {
      workerData: { path },
      resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 },
    });
    started.on('message', (message: FromWriter) => {
      if (message === 'closed') return;
      const answered = sent.splice(0, message.results.length);
      unanswered -= message.messages;
      committed();
      for (const [i, result] of message.results.entries()) {
        const one = answered[i];
        if (one !== undefined) settle(one, result);
      }
      if (sent.length === 0) becameIdle();
      send();
    });
    started.once('error', (error: Error) => lost(started, error));
    started.once('exit', () => lost(started, null));
    return started;
  }

  /** One message at work and one behind it keep the thread busy; more would only make its transactions smaller. */
  const mayBeSent = () => held === 0 && waiting.length > 0 && unanswered < 2;

  function send(): void {
    if (sending || !mayBeSent()) return;
    sending = true;
    // Once for all that this turn of the event loop brings.
    setImmediate(() => {
      sending = false;
      if (!mayBeSent()) return;
      worker ??= start();
      worker.ref();
      const batch = waiting.splice(0, maxTogether);
      unanswered++;
      for (const one of batch) sent.push(one);
      worker.postMessage(batch.map(({ command }) => command) satisfies ToWriter);
      send();
    });
  }

  const untilIdle = () => (sent.length === 0 ? Promise.resolve() : new Promise<void>((hear) => idle.push(hear)));

  async function apart<Value>(work: () => Promise<Value>): Promise<Value> {
    held++;
    try {
      await untilIdle();
      return await work();
    } finally {
      committed();
      held--;
      send();
    }
  }

  return {
    run(command) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new StoreUnavailable('the database is closed'));
        if (waiting.length + sent.length >= maxWaiting) {
          return reject(new StoreUnavailable('too many changes wait for the disk'));
        }
        waiting.push({ command, resolve, reject });
        send();
      });
    },

    apart(work) {
      const mine = turn.then(() => apart(work));
      turn = mine.catch(() => {});
      return mine;
    },

    async close() {
      closed = true;
      await turn;
      while (waiting.length > 0 || sent.length > 0) {
        await new Promise<void>((hear) => idle.push(hear));
      }
      const last = worker;
      worker = null;
      if (last === null) return;
      await new Promise<void>((resolve) => {
        last.ref();
        last.once('exit', () => resolve());
        last.postMessage('close' satisfies ToWriter);
      });
    },
  };
}
