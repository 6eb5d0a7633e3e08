import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import {
  acceptSql,
  at,
  auditSql,
  failSql,
  forgetSql,
  type HotCommand,
  type HotResult,
  keepSql,
  numberSql,
  prolongSql,
  type SealCommand,
  sealSql,
} from './hot-command.ts';
import { isBusy, translateError } from './sqlite-errors.ts';
import { StoreUnavailable } from './store.ts';

/** Another process has the database for that long at most; then the caller hears that it is unavailable. */
const beginAttempts = 10_000;
const pauseMs = 1;

const done: HotResult = { kind: 'done' };
const refused: HotResult = { kind: 'refused' };

/** An answer was kept under the command's key before; what the command did is to be undone. */
class Answered extends Error {}

/** Runs commands over one connection, many in one transaction. */
export class HotBatch {
  readonly #database: DatabaseSync;
  readonly #accept: StatementSync;
  readonly #fail: StatementSync;
  readonly #number: StatementSync;
  readonly #audit: StatementSync;
  readonly #forget: StatementSync;
  readonly #keep: StatementSync;
  readonly #prolong: StatementSync;
  readonly #seal: StatementSync;
  readonly #pause: (ms: number) => void;

  /** @param pause stands still for so long; nobody else needs this thread meanwhile */
  constructor(database: DatabaseSync, pause: (ms: number) => void) {
    this.#database = database;
    this.#pause = pause;
    this.#accept = database.prepare(acceptSql);
    this.#fail = database.prepare(failSql);
    this.#number = database.prepare(numberSql);
    this.#audit = database.prepare(auditSql);
    this.#forget = database.prepare(forgetSql);
    this.#keep = database.prepare(keepSql);
    this.#prolong = database.prepare(prolongSql);
    this.#seal = database.prepare(sealSql);
  }

  /**
   * All in one transaction. Where one of them fails for a reason of its own, each is tried in a transaction of its own,
   * so that it harms no other; where the database fails, all are unavailable and nothing is changed.
   */
  run(commands: readonly HotCommand[]): readonly HotResult[] {
    try {
      return this.#together(commands);
    } catch (error) {
      if (error instanceof StoreUnavailable) return commands.map(() => ({ kind: 'unavailable', why: error.message }));
      return commands.map((command) => this.#alone(command));
    }
  }

  #alone(command: HotCommand): HotResult {
    try {
      const [result] = this.#together([command]);
      return result ?? refused;
    } catch (error) {
      if (error instanceof Answered) return { kind: 'answered' };
      const kind = error instanceof StoreUnavailable ? 'unavailable' : 'failed';
      return { kind, why: (error as Error).message };
    }
  }

  #together(commands: readonly HotCommand[]): readonly HotResult[] {
    try {
      this.#begin();
      const results = commands.map((command) => this.#one(command));
      this.#database.exec('COMMIT');
      return results;
    } catch (error) {
      // SQLite itself has rolled back after some errors.
      try {
        if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      } catch (failed) {
        translateError(failed);
      }
      if (error instanceof Answered) throw error;
      return translateError(error);
    }
  }

  /** IMMEDIATE takes the write lock first. */
  #begin(): void {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#database.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (attempt === beginAttempts || !isBusy(error)) throw error;
        this.#pause(pauseMs);
      }
    }
  }

  #one(command: HotCommand): HotResult {
    if ('seal' in command) return this.#segment(command);
    if ('fail' in command) {
      const row = this.#fail.get(...command.fail);
      return row === undefined ? refused : this.#along(command.along, row);
    }
    const [step = null, afterSteps = null, beforeSteps = null, assignmentId = null] = command;
    const serviceId = command[at.audit] ?? null;
    const tokenId = command[at.audit + 2] ?? null;
    if (step === null) return this.#along(command, tokenId === null ? undefined : this.#number.get(serviceId, tokenId));
    const row = this.#accept.get(step, afterSteps, serviceId, tokenId, beforeSteps, assignmentId);
    return row === undefined ? refused : this.#along(command, row);
  }

  /** @param row of the token, with the running number that it took; undefined for a decision about none */
  #along(command: readonly SQLInputValue[], row: Record<string, SQLOutputValue> | undefined): HotResult {
    const audit = command.slice(at.audit, at.kept);
    const [serviceId = null, atMs = null] = audit;
    if (command.length > at.kept) {
      this.#forget.run(atMs);
      if (this.#keep.run(serviceId, ...command.slice(at.kept)).changes === 0) throw new Answered();
    }
    if (row === undefined) this.#audit.run(serviceId, atMs, null, ...audit.slice(3), null);
    else this.#audit.run(...audit, row.audit_number ?? null);
    return done;
  }

  #segment({ prolong, seal }: SealCommand): HotResult {
    if (this.#prolong.run(...prolong).changes === 0) return refused;
    this.#seal.run(...seal);
    return done;
  }
}
