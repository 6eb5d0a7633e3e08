import * as z from 'zod';
import { roles } from './institution.ts';
import { line, prose } from './text.ts';
import {
  confirmationPasswordSchema,
  cursorSchema,
  feeSchema,
  limitSchema,
  loginIdSchema,
  nextCursorSchema,
  nullableTimeSchema,
  otpSchema,
  otpStatuses,
  reasonList,
} from './wire-fields.ts';
import { timeSchema } from './wire-token.ts';

// --- Administration by users ---

const loginIdsSchema = z
  .array(loginIdSchema)
  .min(1)
  .max(100)
  .refine((ids) => new Set(ids).size === ids.length, 'expects each login ID once')
  .meta({
    uniqueItems: true,
    description: 'The users chosen, 1 to 100, each once. All or none of them.',
    example: ['jiro'],
  });
const actorSchema = loginIdSchema.meta({ description: 'Login ID of the user who acts.', example: 'hanako' });

/** Why a user's token was taken from them. */
export const revocationCauses = ['deviceChange', 'lost', 'stolen', 'broken', 'expired', 'other'] as const;
export type RevocationCause = (typeof revocationCauses)[number];
const causeSchema = z.enum(revocationCauses).meta({
  description:
    'Why. After `lost`, `stolen` and `broken` a new hardware token costs the fee for it. One that was `stolen` is never ' +
    'registered again, even where the institution lets revoked ones come back into use.',
  example: 'deviceChange',
});

/** Why one chosen user was refused, with what it means. */
const administrationMeanings = {
  userUnknown: 'No such user, or, where a user acts, none under their contract.',
  roleNotAllowed: 'At this institution only other roles, or the branch, may do this to the user’s token.',
  ownToken: 'Nobody unlocks themselves, and this role does not revoke its own token.',
  sharedToken: 'The user who acts shares this token.',
  otpNotWorking: 'Users revoke their own token only while its OTP works; afterwards the branch does.',
  notLocked: 'The token is not locked.',
  mustBeReissued: 'Too many wrong OTPs across all lockouts: revoke the token and issue a new one.',
  tokenExpired: 'The time printed on the token is over.',
  nothingToRevoke: 'The user has no token in use.',
  nothingToReport: 'The user has never had a token.',
} as const;
export type AdministrationReason = keyof typeof administrationMeanings;
export const administrationReasons = Object.keys(administrationMeanings) as AdministrationReason[];

/** Why a whole call was refused before anybody's token was looked at. */
const actorMeanings = {
  confirmationPasswordWrong: 'The acting user’s confirmation password is wrong; the failure was counted.',
  confirmationPasswordLocked: 'Too many wrong confirmation passwords; the bank registers a new one.',
  otpWrong: 'The acting user’s OTP is wrong; the failure was counted on their token.',
  otpReplayed: 'The acting user’s OTP was used before.',
  otpNotWorking: 'The acting user’s token is locked or expired, so no OTP of it is accepted.',
} as const;
export type ActorReason = keyof typeof actorMeanings;
const actorReasonSchema = z
  .enum(Object.keys(actorMeanings) as ActorReason[])
  .nullable()
  .meta({ description: `Null: see the results. Otherwise:\n\n${reasonList(actorMeanings)}` });

function resultSchema<const Outcome extends string>(done: Outcome, meaning: string) {
  return z.object({
    loginId: z.string(),
    name: z.string().nullable(),
    role: z.enum(roles).nullable(),
    serial: z.string().nullable().meta({ description: meaning }),
    outcome: z.enum([done, 'refused', 'unchanged']).meta({
      description: '`unchanged`: allowed, but another user was refused: all or none.',
    }),
    reason: z
      .enum(administrationReasons)
      .nullable()
      .meta({ description: `Why this user was refused.\n\n${reasonList(administrationMeanings)}` }),
    status: z.enum(otpStatuses).nullable().meta({ description: 'Afterwards. Null for an unknown user.' }),
  });
}

const outcomeSchema = z.enum(['done', 'refused']);
const remainingSchema = z
  .int()
  .nullable()
  .meta({ description: 'With `otpWrong` and `otpReplayed`: wrong OTPs until the acting user’s token locks.' });

export const unlockSchema = z
  .strictObject({
    actor: actorSchema,
    confirmationPassword: confirmationPasswordSchema.optional(),
    loginIds: loginIdsSchema,
  })
  .meta({ id: 'Unlock' });
export const unlockResultSchema = resultSchema('unlocked', 'Serial of a hardware token.').meta({ id: 'UnlockResult' });
export const unlockAnswerSchema = z
  .object({ outcome: outcomeSchema, reason: actorReasonSchema, results: z.array(unlockResultSchema) })
  .meta({ id: 'UnlockAnswer' });

export const revokeSchema = z
  .strictObject({
    actor: actorSchema,
    confirmationPassword: confirmationPasswordSchema.optional(),
    otp: otpSchema.optional(),
    loginIds: loginIdsSchema,
    cause: causeSchema,
  })
  .meta({ id: 'Revoke' });
export const revokeResultSchema = resultSchema('revoked', 'Serial of the revoked token, where it is hardware.')
  .extend({
    expiresAt: nullableTimeSchema.meta({ description: 'Expiry of the revoked token.' }),
    reissuableAt: nullableTimeSchema.meta({
      description:
        'Earliest time of a new issue, or of a new activation where the institution gates that. Null: at once.',
    }),
  })
  .meta({ id: 'RevokeResult' });
export const revokeAnswerSchema = z
  .object({
    outcome: outcomeSchema,
    reason: actorReasonSchema,
    remainingAttempts: remainingSchema,
    results: z.array(revokeResultSchema),
  })
  .meta({ id: 'RevokeAnswer' });

// --- Branch ---

const operatorSchema = line(64).meta({ description: 'Staff ID of whoever acts, kept in the log.', example: 'S-0042' });
const documentSchema = line(64).meta({
  description: 'Number of the written application. May be left out where the institution does not demand it.',
  example: 'D-2026-0815',
});
export const branchFields = { operator: operatorSchema, document: documentSchema.optional() };

export const branchUnlockSchema = z
  .strictObject({
    ...branchFields,
    loginIds: loginIdsSchema,
    cause: causeSchema.optional().meta({ description: 'Kept in the log and decides nothing.' }),
  })
  .meta({ id: 'BranchUnlock' });
export const branchRevokeSchema = z
  .strictObject({ ...branchFields, loginIds: loginIdsSchema, cause: causeSchema.default('other') })
  .meta({ id: 'BranchRevoke' });
export const reportCompromiseSchema = z
  .strictObject({
    ...branchFields,
    loginId: loginIdSchema,
    description: prose(2000).meta({
      description: 'What happened, kept in the log.',
      example: '見知らぬ振込の届出',
    }),
    suspected: z
      .boolean()
      .default(false)
      .meta({ description: 'True for feared misuse or forgery (おそれ), false for known misuse.' }),
  })
  .meta({ id: 'ReportCompromise' });
export const reportCompromiseAnswerSchema = z
  .object({
    outcome: outcomeSchema,
    reason: z.enum(['nothingToReport']).nullable(),
    results: z.array(revokeResultSchema).meta({ description: 'Everybody who shared the token.' }),
  })
  .meta({ id: 'ReportCompromiseAnswer' });

export const requestListQuerySchema = z.strictObject({
  limit: limitSchema,
  cursor: cursorSchema,
});
export const requestListSchema = z
  .object({
    items: z.array(
      z
        .object({
          requestId: z.string(),
          loginId: z.string(),
          name: z.string(),
          contractId: z.string(),
          requestedAt: timeSchema,
          fee: feeSchema,
        })
        .meta({ id: 'HardwareRequest' }),
    ),
    nextCursor: nextCursorSchema,
  })
  .meta({ id: 'HardwareRequestList' });
