import * as z from 'zod';
import { activationPasswordPattern, normaliseDigits, otpPattern, serialPattern } from './digits.ts';
import { publicKeySchema } from './envelope.ts';
import { operations, roles, tokenKinds } from './institution.ts';

/** Digits as people type them: full-width ones, spaces and hyphens are normalised before the pattern is looked at. */
function digits(pattern: RegExp, expected: string) {
  return z.string().max(64).transform(normaliseDigits).pipe(z.string().regex(pattern, expected));
}

export const loginIdSchema = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .pipe(z.string().min(1).max(64))
  .meta({ description: 'Login ID at the bank: NFC, case-sensitive, 1 to 64 characters.', example: 'hanako' });
export const contractIdSchema = z
  .string()
  .min(1)
  .max(64)
  .meta({ description: 'The bank’s number of the contract, 1 to 64 characters.', example: 'C-1001' });
export const otpSchema = digits(otpPattern, 'expects 6 to 8 digits').meta({
  description: 'One-time password: 6 to 8 digits; full-width digits, spaces and hyphens are normalised.',
  example: '71959276',
});
export const serialSchema = digits(serialPattern, 'expects 8 to 12 digits').meta({
  description: 'Serial on the back of a hardware token: 8 to 12 digits as text, leading zeros count.',
  example: '00123456',
});
const activationPasswordSchema = digits(activationPasswordPattern, 'expects 4 to 8 digits').meta({
  description: 'Activation password (利用開始パスワード): 4 to 8 digits, chosen by the user, used once.',
  example: '583920',
});
const confirmationPasswordSchema = z.string().min(1).max(128).meta({
  description: 'Confirmation password (確認用パスワード). Only for a user for whom one is registered.',
  example: 'correct horse',
});
const timeSchema = z.iso
  .datetime({ offset: true })
  .meta({ description: 'RFC 3339 time with offset.', example: '2026-11-21T09:00:00.000Z' });
const nullableTimeSchema = timeSchema.nullable();
const operationSchema = z.enum(operations).meta({ description: 'What the user wants to do.', example: 'transfer' });

export const otpStatuses = ['unregistered', 'issued', 'active', 'locked', 'expired', 'revoked', 'deactivated'] as const;
export type OtpStatus = (typeof otpStatuses)[number];

export const refusalReasons = [
  'beforeStartDate',
  'reissueTooEarly',
  'kindNotOffered',
  'kindChangeNotAllowed',
  'tokenAlreadyActive',
  'nothingToActivate',
  'nothingToCancel',
  'setUpNotDone',
  'issueExpired',
  'emailNotAllowed',
  'activationPasswordWeak',
  'serialUnknown',
  'serialOfAnotherContract',
  'serialNotReusable',
  'sharingNotAllowed',
  'tokenExpired',
  'mustBeReissued',
  'locked',
  'confirmationPasswordWrong',
  'confirmationPasswordLocked',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];
const refusalReasonSchema = z
  .enum(refusalReasons)
  .meta({ id: 'RefusalReason', description: 'Why the verifier refused. A bank turns it into its own sentence.' });

export const otpStateSchema = z
  .object({
    status: z.enum(otpStatuses).meta({ description: 'Status as the user list shows it.' }),
    reason: z
      .enum(['mustBeReissued'])
      .nullable()
      .meta({ description: '`mustBeReissued`: locked for good, only a new token helps.' }),
    kind: z.enum(tokenKinds).nullable(),
    serial: z.string().nullable().meta({ description: 'Serial of a hardware token.' }),
    expiresAt: nullableTimeSchema.meta({ description: 'End of the token’s life; of an open issue, its lapse.' }),
    reissuableAt: nullableTimeSchema.meta({ description: 'Earliest time of a new issue where a gate stands.' }),
    remainingAttempts: z
      .int()
      .nullable()
      .meta({ description: 'Wrong OTPs until the token locks; null where it has none.', example: 5 }),
  })
  .meta({ id: 'OtpState' });

// --- Directory ---

export const putContractSchema = z
  .strictObject({
    kind: z.enum(['business', 'individual']),
    name: z.string().min(1).max(200),
    otpStartsOn: z.iso
      .date()
      .optional()
      .meta({
        description: '利用開始日 in the institution’s time zone; before it nothing is required.',
        example: '2026-11-01',
      }),
  })
  .meta({ id: 'PutContract' });
export const contractSchema = z
  .object({
    contractId: z.string(),
    kind: z.enum(['business', 'individual']),
    name: z.string(),
    otpStartsOn: z.iso.date().nullable(),
  })
  .meta({ id: 'Contract' });

export const putUserSchema = z
  .strictObject({
    contractId: contractIdSchema,
    name: z.string().min(1).max(200),
    role: z.enum(roles),
    confirmationPassword: confirmationPasswordSchema.optional(),
    email: z.email().max(254).optional(),
  })
  .meta({ id: 'PutUser' });
export const userSchema = z
  .object({
    loginId: z.string(),
    name: z.string(),
    role: z.enum(roles),
    contractId: z.string(),
    otp: otpStateSchema,
  })
  .meta({ id: 'User' });
export const userListSchema = z
  .object({ items: z.array(userSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'UserList' });
export const userListQuerySchema = z.strictObject({
  contractId: contractIdSchema.optional(),
  status: z.enum(otpStatuses).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(512).optional(),
});

// --- Issue and activation ---

const refusedSchema = z.object({ outcome: z.literal('refused'), reason: refusalReasonSchema });

export const issueSoftwareSchema = z
  .strictObject({
    email: z.email().max(254).meta({ example: 'hanako@example.jp' }),
    activationPassword: activationPasswordSchema,
    confirmationPassword: confirmationPasswordSchema.optional(),
  })
  .meta({ id: 'IssueSoftwareToken' });
export const issueSoftwareAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('issued'),
      serviceId: z.string(),
      userId: z.string().meta({ description: 'User ID (ユーザID) to be typed into the app; not the login ID.' }),
      activationUrl: z.string().meta({ description: 'Page on installing the extension and setting it up.' }),
      expiresAt: timeSchema,
      mail: z
        .enum(['sent', 'failed'])
        .meta({
          description: '`failed`: the mail could not be handed over; issue again or show the IDs on the screen.',
        }),
    }),
    refusedSchema,
  ])
  .meta({ id: 'IssueSoftwareTokenAnswer' });

export const cancelIssueAnswerSchema = z
  .discriminatedUnion('outcome', [z.object({ outcome: z.literal('cancelled') }), refusedSchema])
  .meta({ id: 'CancelIssueAnswer' });

export const activateSchema = z
  .strictObject({ otp: otpSchema, serial: serialSchema.optional() })
  .meta({ id: 'Activate' });
export const rejectionReasons = ['wrong', 'replayed'] as const;
export type RejectionReason = (typeof rejectionReasons)[number];
export const activateAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('accepted'),
      token: z.object({ kind: z.enum(tokenKinds), serial: z.string().nullable(), expiresAt: nullableTimeSchema }),
    }),
    z.object({
      outcome: z.literal('rejected'),
      reason: z.enum(rejectionReasons),
      remainingAttempts: z.int(),
    }),
    refusedSchema,
  ])
  .meta({ id: 'ActivateAnswer' });

// --- The software token itself ---

export const timeAnswerSchema = z.object({ now: timeSchema }).meta({ id: 'Time' });

export const provisionSchema = z
  .strictObject({
    serviceId: z.string().min(1).max(32).transform(normaliseDigits),
    userId: z
      .string()
      .min(1)
      .max(64)
      .transform((text) => normaliseDigits(text).toUpperCase()),
    activationPassword: activationPasswordSchema,
    publicKey: publicKeySchema,
  })
  .meta({ id: 'Provision' });
export const provisionAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('provisioned'),
      token: z.string().meta({ description: 'Compact JWE (ECDH-ES, A256GCM) to `publicKey`. RFC 7516 section 7.1.' }),
    }),
    z.object({ outcome: z.literal('refused'), reason: z.literal('provisioningRefused') }),
  ])
  .meta({ id: 'ProvisionAnswer' });

// --- Use ---

export const requirementQuerySchema = z.strictObject({ operation: operationSchema });
export const requirementSchema = z
  .object({
    otp: z.enum(['required', 'notRequired', 'blocked']),
    reason: z
      .enum([...otpStatuses, 'mustBeReissued', 'beforeStartDate', 'operationWithoutOtp', 'reissueTooEarly'])
      .nullable()
      .meta({ description: 'Why it is not required, or what blocks; null where an OTP is required.' }),
    next: z.enum(['issue', 'activation', 'none']).meta({ description: 'The screen that helps the user on.' }),
    from: nullableTimeSchema.meta({ description: 'When a gate opens later.' }),
  })
  .meta({ id: 'Requirement' });
export type Requirement = z.infer<typeof requirementSchema>;

export const validateSchema = z
  .strictObject({
    loginId: loginIdSchema,
    operation: operationSchema,
    otp: otpSchema,
    reference: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .meta({
        description: 'The bank’s own number for the transaction, kept in the audit log.',
        example: 'T-20261121-0001',
      }),
  })
  .meta({ id: 'Validate' });
export const blockReasons = [
  'unregistered',
  'issued',
  'locked',
  'expired',
  'revoked',
  'deactivated',
  'mustBeReissued',
  'notRequired',
] as const;
export type BlockReason = (typeof blockReasons)[number];
export const validateAnswerSchema = z
  .object({
    outcome: z.enum(['accepted', 'rejected', 'blocked']),
    reason: z.enum([...rejectionReasons, ...blockReasons]).nullable(),
    remainingAttempts: z.int().nullable(),
    status: z.enum(otpStatuses),
  })
  .meta({ id: 'ValidateAnswer' });
export type ValidateAnswer = z.infer<typeof validateAnswerSchema>;

// --- Misuse and operation ---

export const problemCodes = [
  'malformed',
  'unauthorised',
  'forbidden',
  'notFound',
  'methodNotAllowed',
  'conflict',
  'tooLarge',
  'unsupportedMediaType',
  'unprocessable',
  'tooManyRequests',
  'internal',
  'unavailable',
] as const;
export type ProblemCode = (typeof problemCodes)[number];
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: z.enum(problemCodes).meta({ description: 'Stable, for programs.' }),
    detail: z.string().optional().meta({ description: 'What to do, for people.' }),
    fields: z
      .array(z.object({ path: z.string(), expected: z.string() }))
      .optional()
      .meta({ description: 'Each field that is wrong and what it expects; never its value.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });
export type Problem = z.infer<typeof problemSchema>;

export const readySchema = z.object({ ready: z.boolean(), reason: z.string().nullable() }).meta({ id: 'Ready' });
