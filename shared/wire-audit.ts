import * as z from 'zod';
import { cursorSchema, limitSchema, loginIdSchema, nextCursorSchema } from './wire-fields.ts';
import { timeSchema } from './wire-token.ts';

export const auditQuerySchema = z.strictObject({
  since: timeSchema.optional().meta({ description: 'Leaves out what is older.', example: '2026-11-21T00:00:00Z' }),
  loginId: loginIdSchema.optional().meta({ description: 'Only rows about this user.', example: 'hanako' }),
  limit: limitSchema,
  cursor: cursorSchema,
});

const text = z.string().nullable();

export const auditItemSchema = z
  .object({
    id: z.int().meta({
      description: 'Rises in the order in which rows are written; `audit verify` names rows by it.',
      example: 1204,
    }),
    at: timeSchema,
    operation: z.string().meta({ description: 'What was asked for, named as in this interface.', example: 'validate' }),
    purpose: text.meta({
      description: 'The bank’s operation in a validation; the cause of a revocation; `actorOtp`: the actor’s own OTP.',
      example: 'transfer',
    }),
    outcome: z.string().meta({ example: 'rejected' }),
    reason: text.meta({
      description:
        'More precise than what the caller was told. `replaced`: another token took the place of the issue that ended; ' +
        '`lastWrongPassword`: it voided the issue.',
      example: 'wrong',
    }),
    loginId: text.meta({ description: 'The user it was about.', example: 'hanako' }),
    keyId: text.meta({
      description: 'ID of the API key; `cli` for the command line; null for a set-up, which has no key.',
      example: '5f0c2a91d7e3',
    }),
    actingLoginId: text.meta({ description: 'The user who acted on somebody else’s token.' }),
    operator: text.meta({ description: 'Staff ID at the branch.' }),
    document: text.meta({ description: 'Number of the written application.' }),
    reference: text.meta({ description: 'The bank’s number of the transaction.', example: 'T-20261121-0001' }),
    note: text.meta({ description: 'What the branch wrote down.' }),
    tokenId: text.meta({ description: 'The verifier’s own name of the token.', example: '8c1f0e5ab2d94c7f60a1e3b2' }),
    tokenNumber: z.int().nullable().meta({
      description: 'Running number among the rows of this token, from 1 without gaps.',
      example: 17,
    }),
  })
  .meta({ id: 'AuditItem', description: 'One decision. It never holds a code, a password or a seed.' });
export const auditListSchema = z
  .object({ items: z.array(auditItemSchema), nextCursor: nextCursorSchema })
  .meta({ id: 'AuditList' });
