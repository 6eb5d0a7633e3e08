import * as z from 'zod';
import { normaliseDigits } from './digits.ts';
import { roles, tokenKinds } from './institution.ts';
import { publicKeySchema } from './public-key.ts';
import { line, name } from './text.ts';
import { normaliseUserId } from './user-id.ts';
import {
  activationPasswordSchema,
  confirmationPasswordSchema,
  contractIdSchema,
  cursorSchema,
  emailSchema,
  feeSchema,
  limitSchema,
  loginIdSchema,
  nextCursorSchema,
  nullableTimeSchema,
  operationSchema,
  otpSchema,
  otpStateSchema,
  otpStatuses,
  reasonList,
  refusalReasonSchema,
  serialSchema,
} from './wire-fields.ts';
import { timeSchema } from './wire-token.ts';

export * from './wire-administration.ts';
export * from './wire-audit.ts';
export {
  contractIdSchema,
  idempotencyKeySchema,
  loginIdSchema,
  type OtpStatus,
  otpSchema,
  otpStateSchema,
  otpStatuses,
  type RefusalReason,
  refusalReasons,
  serialSchema,
} from './wire-fields.ts';
export * from './wire-hardware.ts';
export * from './wire-stock.ts';
export { provisionAnswerSchema, timeAnswerSchema } from './wire-token.ts';

// --- Directory ---

export const putContractSchema = z
  .strictObject({
    kind: z.enum(['business', 'individual']),
    name: name(200),
    otpStartsOn: z.iso.date('expects a date, such as 2027-04-01').optional().meta({
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
    name: name(200),
    role: z.enum(roles),
    confirmationPassword: confirmationPasswordSchema.optional(),
    email: emailSchema.optional().meta({
      description: 'E-mail address in ASCII, kept with the user. No mail goes there: an issue names its own address.',
      example: 'hanako@example.jp',
    }),
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
  .object({ items: z.array(userSchema), nextCursor: nextCursorSchema })
  .meta({ id: 'UserList' });
export const userListQuerySchema = z.strictObject({
  contractId: contractIdSchema.optional(),
  status: z.enum(otpStatuses).optional().meta({ description: 'Only users with this status of their OTP.' }),
  limit: limitSchema,
  cursor: cursorSchema,
});

// --- Issue and activation ---

const refusedSchema = z.object({
  outcome: z.literal('refused'),
  reason: refusalReasonSchema,
  reissuableAt: timeSchema.optional().meta({ description: 'With `reissueTooEarly`: when the gate opens.' }),
});

export const issueSoftwareSchema = z
  .strictObject({
    email: emailSchema,
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
      mail: z.enum(['sent', 'failed']).meta({
        description: '`failed`: the mail could not be sent; issue again or show the IDs on the screen.',
      }),
    }),
    refusedSchema,
  ])
  .meta({ id: 'IssueSoftwareTokenAnswer' });

export const requestHardwareSchema = z
  .strictObject({ confirmationPassword: confirmationPasswordSchema.optional() })
  .meta({ id: 'RequestHardwareToken' });
export const requestHardwareAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('requested'),
      requestId: z.string().meta({ description: 'Names the order at the branch.' }),
      fee: feeSchema,
    }),
    refusedSchema,
  ])
  .meta({ id: 'RequestHardwareTokenAnswer' });

export const cancelIssueAnswerSchema = z
  .discriminatedUnion('outcome', [z.object({ outcome: z.literal('cancelled') }), refusedSchema])
  .meta({ id: 'CancelIssueAnswer' });

export const activateSchema = z
  .strictObject({ otp: otpSchema, serial: serialSchema.optional() })
  .meta({ id: 'Activate' });
export const rejectionReasons = ['wrong', 'replayed'] as const;
export type RejectionReason = (typeof rejectionReasons)[number];
const rejectionMeanings = {
  wrong: 'Not a code of the token at this time; the failure was counted. 0 `remainingAttempts`: it locked the token.',
  replayed: 'This code, or a later one, was accepted before; nothing was counted. The user waits for the next code.',
} satisfies Record<RejectionReason, string>;
const rejectedSchema = z.object({
  outcome: z.literal('rejected'),
  reason: z.enum(rejectionReasons).meta({ description: reasonList(rejectionMeanings) }),
  remainingAttempts: z.int().meta({ description: 'Wrong OTPs until the token locks.' }),
});

export const activateAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('accepted'),
      token: z.object({ kind: z.enum(tokenKinds), serial: z.string().nullable(), expiresAt: nullableTimeSchema }),
    }),
    rejectedSchema,
    refusedSchema,
  ])
  .meta({ id: 'ActivateAnswer' });

export const deactivateSchema = z
  .strictObject({ confirmationPassword: confirmationPasswordSchema.optional(), otp: otpSchema.optional() })
  .meta({ id: 'Deactivate' });
export const deactivateAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('accepted'),
      reissuableAt: nullableTimeSchema.meta({
        description: 'Earliest time at which a token of the other kind can be activated; null: at once, or not at all.',
      }),
    }),
    rejectedSchema,
    refusedSchema,
  ])
  .meta({ id: 'DeactivateAnswer' });

export const resynchroniseSchema = z
  .strictObject({
    otps: z.tuple([otpSchema, otpSchema]).meta({
      description: 'Two OTPs that the token showed one after the other.',
      // Of a tuple JSON Schema demands no length by itself.
      minItems: 2,
      maxItems: 2,
    }),
  })
  .meta({ id: 'Resynchronise' });
export const resynchroniseAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('accepted'),
      driftSteps: z.int().meta({ description: 'Steps by which the token’s clock is ahead; negative: behind.' }),
    }),
    rejectedSchema,
    refusedSchema,
  ])
  .meta({ id: 'ResynchroniseAnswer' });

// --- The software token itself ---

export const provisionSchema = z
  .strictObject({
    serviceId: line(32).transform(normaliseDigits),
    userId: line(64).transform(normaliseUserId),
    activationPassword: activationPasswordSchema,
    publicKey: publicKeySchema,
  })
  .meta({ id: 'Provision' });

// --- Use ---

export const requirementQuerySchema = z.strictObject({ operation: operationSchema });
export const requirementSchema = z
  .object({
    otp: z.enum(['required', 'notRequired', 'blocked']).meta({
      description:
        '`required`: ask for an OTP and validate it. `notRequired`: go on without one. `blocked`: the user may not do ' +
        'this now; show them `next`.',
    }),
    reason: z
      .enum([...otpStatuses, 'mustBeReissued', 'beforeStartDate', 'operationWithoutOtp'])
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
    reference: line(64).optional().meta({
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
const whyNotAccepted = reasonList({
  ...rejectionMeanings,
  mustBeReissued: 'Locked for good: only a new token helps.',
  notRequired: 'The operation needs no OTP of this user now (see `requirement`), so none is checked.',
});
export const validateAnswerSchema = z
  .object({
    outcome: z.enum(['accepted', 'rejected', 'blocked']).meta({
      description: 'Only `accepted` allows the operation, once. `blocked`: the code was not looked at.',
    }),
    reason: z
      .enum([...rejectionReasons, ...blockReasons])
      .nullable()
      .meta({
        description: `Null where it was accepted; otherwise one of these, or the status that blocks:\n\n${whyNotAccepted}`,
      }),
    remainingAttempts: z.int().nullable().meta({
      description: 'Wrong OTPs until the token locks; null if the user has no active or locked token.',
    }),
    status: z.enum(otpStatuses).meta({ description: 'Status afterwards, as the user list shows it.' }),
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
