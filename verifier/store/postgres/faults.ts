import { StoreUnavailable } from '../store.ts';

/** Nothing is left of what was done: others at work made the server undo it, or the connection broke before the commit. The same work may be done again. */
export class Undone extends StoreUnavailable {}

/**
 * States in which the server has certainly undone all and another try may succeed: serialization, deadlock, lock
 * timeout, and a prepared statement from before another node's migration.
 */
const undone = new Set(['40001', '40P01', '55P03', '0A000']);

/**
 * Classes and states of SQLSTATE in which the database cannot serve now: connection, too little room or too many
 * connections, operator intervention, system errors, a standby that takes no writes, a refused login, a database that
 * is not there.
 */
const unavailable = /^(08|53|57|58|28|XX00[12]|25006|3D000|40003|25P0[23])/;

/** What the sockets and the driver say where no SQLSTATE is at hand. */
const network = /^(E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_)|ENOTFOUND|ENOENT|EACCES)/;
const driver = /terminat|timeout|not queryable|closed|Connection ended|after calling end|SSL|SASL|password/i;

/** SQLSTATE of what the server said; null where it was not the server who spoke. */
export function stateOf(error: unknown): string | null {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : null;
}

/** True where the server has answered that it takes no changes: its disk is full or fails, or it is a standby. */
export function refusesChanges(error: unknown): boolean {
  return /^(53100|58|25006)/.test(stateOf(error) ?? '');
}

/** True where the server has answered and the connection stays of use: whatever was asked was undone. */
export function keepsConnection(error: unknown): boolean {
  const state = stateOf(error);
  return state !== null && !/^(08|57P|58|XX|25006|0A000)/.test(state);
}

function isOfNetwork(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (error instanceof AggregateError) return true;
  return typeof code === 'string' ? network.test(code) : driver.test(String(message));
}

/** True where the connection is of no use any more, and what was asked last may have been carried out or not. */
export function breaksConnection(error: unknown): boolean {
  return stateOf(error) === null ? isOfNetwork(error) : !keepsConnection(error);
}

/** Passes programmer's errors on and says `StoreUnavailable` for all that the database or the way to it suffers from. */
export function translateError(error: unknown): never {
  if (error instanceof StoreUnavailable) throw error;
  const state = stateOf(error);
  if (state !== null) {
    if (undone.has(state)) throw new Undone(`others were at work (SQLSTATE ${state})`, { cause: error });
    if (!unavailable.test(state)) throw error;
    const changesRefused = refusesChanges(error);
    const what = changesRefused ? 'takes no changes' : 'does not answer';
    throw new StoreUnavailable(`the database ${what} (SQLSTATE ${state})`, { cause: error, changesRefused });
  }
  if (isOfNetwork(error)) throw new StoreUnavailable('the database cannot be reached', { cause: error });
  throw error;
}
