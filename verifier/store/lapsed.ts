import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';
import { wipe } from './writes.ts';

/** An issue that was never activated and whose time is over, with what was made for it still there. */
export interface LapsedIssue {
  readonly service_id: string;
  readonly assignment_id: string;
  readonly token_id: string | null;
}

/** Issues that had lapsed by `beforeMs`, of all institutions, longest ago first. */
export function lapsedIssues(db: Kysely<Tables>, beforeMs: number, limit: number): Promise<readonly LapsedIssue[]> {
  return db
    .selectFrom('assignments')
    .select(['service_id', 'assignment_id', 'token_id'])
    .where('activation_mac', 'is not', null)
    .where('lapses_at_ms', '<=', beforeMs)
    .orderBy('lapses_at_ms')
    .limit(limit)
    .execute();
}

/**
 * Wipes seed and activation password of one of them. The issue itself stays what it is, so that the user still hears
 * that its time is over. Nothing happens where it was activated or ended meanwhile.
 */
export async function wipeLapsed(db: Kysely<Tables>, issue: LapsedIssue, beforeMs: number): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('assignments')
    .set({ activation_mac: null })
    .where('service_id', '=', issue.service_id)
    .where('assignment_id', '=', issue.assignment_id)
    .where('activation_mac', 'is not', null)
    .where('lapses_at_ms', '<=', beforeMs)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows > 0n && issue.token_id !== null) await wipe(db, issue.service_id, issue.token_id);
}
