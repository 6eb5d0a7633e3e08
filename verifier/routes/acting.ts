import { type AuditEntry, auditEntry } from '../audit.ts';
import type { Caller } from '../context.ts';
import { Problem } from '../problem.ts';
import type { Actor } from '../rules/authority.ts';
import { partyOf } from '../rules/revocation.ts';
import type { UserState } from '../rules/state.ts';

/** Who acts on other people's tokens: a user of the bank, or the branch on a customer's application. */
export type Acting =
  | { readonly by: 'user'; readonly user: UserState }
  | { readonly by: 'branch'; readonly operator: string; readonly document: string | null };

export function actorOf(acting: Acting): Actor {
  return acting.by === 'branch' ? 'branch' : partyOf(acting.user);
}

/** A row of the log with who acted filled in. */
export function actingEntry(
  caller: Caller,
  acting: Acting,
  entry: Pick<AuditEntry, 'atMs' | 'operation' | 'outcome'> & Partial<AuditEntry>,
): AuditEntry {
  const who =
    acting.by === 'user'
      ? { actingLoginId: acting.user.loginId }
      : { operator: acting.operator, document: acting.document };
  return auditEntry({ serviceId: caller.institution.serviceId, actor: caller.keyId, ...who, ...entry });
}

/**
 * The branch as whoever acts.
 * @throws Problem 400 where the institution demands a written application and none is named
 */
export function actingBranch(
  caller: Caller,
  body: { readonly operator: string; readonly document?: string | undefined },
): Acting {
  const { operator, document = null } = body;
  if (document === null && caller.institution.branch.documentRequired) {
    throw new Problem('malformed', 'Correct the fields that are named.', {
      fields: [{ path: 'document', expected: 'the number of the written application' }],
    });
  }
  return { by: 'branch', operator, document };
}
