import type { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { isBusy, translateError } from './sqlite-errors.ts';
import { StoreUnavailable } from './store.ts';
import type { WalSync } from './wal-sync.ts';

/** Changes that may wait for the disk. One more is refused: it would wait longer than its caller does. */
const maxWaiting = 2_000;

/** Most changes of one transaction, which bounds how long all others wait meanwhile. */
const maxTogether = 256;

/** While another process has the database locked, this many attempts are made; then callers get `StoreUnavailable`. */
const beginAttempts = 10_000;
const pauseMs = 1;

/** A change made by synchronous statements. */
type Work<Value> = () => Value;

interface Waiting {
  readonly work: Work<unknown>;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Concurrent changes share one durable commit: those that arrive while the disk is busy with one commit form the next.
 * A promise settles only once its change is durable.
 */
export interface GroupCommit {
  /**
   * Runs `work` in a transaction and resolves to what it returns once that is durable. `work` may be run more than once;
   * if it throws, only its own changes are undone.
   * @throws StoreUnavailable where too many wait, the store is closed or the database fails
   */
  run<Value>(work: Work<Value>): Promise<Value>;
  /** Runs `work`, which writes through another connection; no shared commit begins meanwhile. Resolves once it is durable. */
  apart<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Refuses new changes and resolves once all that wait are done. */
  close(): Promise<void>;
}

/** What the shared commits need of the store around them. */
export interface CommitsOver {
  /** Used by nobody else. Between two turns of the event loop it has no open transaction. */
  readonly database: DatabaseSync;
  /** Ends whatever is being read through it. */
  readonly beforeCommit: () => void;
  /** Called at the beginning of each transaction, and of each savepoint in it. */
  readonly began: () => void;
  /** Called after every commit, with its number of changes, before their promises settle. */
  readonly committed: (changes: number) => void;
  readonly log: Pick<WalSync, 'done' | 'assertSound'>;
}

export function groupCommitOver({ database, beforeCommit, began, committed, log }: CommitsOver): GroupCommit {
  const beginning = database.prepare('BEGIN IMMEDIATE');
  const committing = database.prepare('COMMIT');
  let closed = false;
  const waiting: Waiting[] = [];
  let scheduled = false;
  /** Number of changes in the commit at work or on its way to the disk. */
  let together = 0;
  let held = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const idle: (() => void)[] = [];

  /** False if another connection writes: IMMEDIATE takes the write lock first. */
  function begin(): boolean {
    try {
      beginning.run();
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  }

  function undo(sql: string): void {
    // After some errors SQLite itself has rolled back already.
    if (database.isOpen && database.isTransaction) database.exec(sql);
  }

  /** Each change in a savepoint of its own, so that one that throws does not undo the others. */
  function each(batch: readonly Waiting[]): readonly Outcome[] {
    return batch.map(({ work }) => {
      database.exec('SAVEPOINT one');
      began();
      try {
        const value = work();
        database.exec('RELEASE one');
        return { value };
      } catch (error) {
        undo('ROLLBACK TO one');
        undo('RELEASE one');
        if (!database.isTransaction) throw error;
        return { error };
      }
    });
  }

  /** Null if another connection writes. @throws where the database fails: then nothing was changed */
  function commit(batch: readonly Waiting[]): readonly Outcome[] | null {
    beforeCommit();
    if (!begin()) return null;
    try {
      let outcomes: readonly Outcome[];
      try {
        began();
        outcomes = batch.map(({ work }) => ({ value: work() }));
      } catch {
        undo('ROLLBACK');
        if (!begin()) return null;
        outcomes = each(batch);
      }
      committing.run();
      return outcomes;
    } catch (error) {
      undo('ROLLBACK');
      throw error;
    }
  }

  function translated(error: unknown): unknown {
    try {
      return translateError(error);
    } catch (said) {
      return said;
    }
  }

  /** Null where another connection writes. */
  function tried(batch: readonly Waiting[]): readonly Outcome[] | null {
    try {
      const outcomes = commit(batch);
      if (outcomes !== null) committed(batch.length);
      return outcomes;
    } catch (error) {
      return batch.map(() => ({ error }));
    }
  }

  async function triedAgain(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    for (let attempt = 1; attempt < beginAttempts; attempt++) {
      await setTimeout(pauseMs);
      const outcomes = tried(batch);
      if (outcomes !== null) return outcomes;
    }
    const error = new StoreUnavailable('another process keeps the database busy');
    return batch.map(() => ({ error }));
  }

  function settle(batch: readonly Waiting[], outcomes: readonly Outcome[]): void {
    for (const [i, { resolve, reject }] of batch.entries()) {
      const outcome = outcomes[i] as Outcome;
      if ('error' in outcome) reject(translated(outcome.error));
      else resolve(outcome.value as never);
    }
  }

  async function drain(): Promise<void> {
    let tellThoseBefore = () => {};
    for (;;) {
      const batch = held > 0 ? [] : waiting.splice(0, maxTogether);
      together = batch.length;
      if (together === 0) break;
      const now = tried(batch);
      const synced = now === null ? null : log.done();
      // Settled now, so that answers are sent while the disk works on the next commit.
      tellThoseBefore();
      let outcomes = now ?? (await triedAgain(batch));
      try {
        await (synced ?? log.done());
      } catch (error) {
        outcomes = batch.map(() => ({ error }));
      }
      tellThoseBefore = () => settle(batch, outcomes);
    }
    tellThoseBefore();
  }

  function start(): void {
    if (scheduled || held > 0 || waiting.length === 0) return;
    scheduled = true;
    // Deferred, so that all changes of this turn of the event loop share the commit.
    setImmediate(async () => {
      await drain();
      scheduled = false;
      for (const hear of idle.splice(0)) hear();
      start();
    });
  }

  async function apart<Value>(work: () => Promise<Value>): Promise<Value> {
    held++;
    try {
      log.assertSound();
      return await work();
    } finally {
      committed(0);
      held--;
      start();
    }
  }

  return {
    run(work) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new StoreUnavailable('the database is closed'));
        log.assertSound();
        if (waiting.length + together >= maxWaiting) {
          return reject(new StoreUnavailable('too many changes wait for the disk'));
        }
        waiting.push({ work, resolve, reject });
        start();
      });
    },

    apart(work) {
      const mine = turn.then(() => apart(work));
      turn = mine.catch(() => {});
      return mine.then(async (value) => {
        await log.done();
        return value;
      });
    },

    async close() {
      closed = true;
      await turn;
      while (scheduled || waiting.length > 0) await new Promise<void>((hear) => idle.push(hear));
    },
  };
}
