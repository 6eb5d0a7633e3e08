import * as z from 'zod';
import { activationPasswordPattern, normaliseDigits, otpPattern, serialPattern } from './digits.ts';
import { operations, tokenKinds } from './institution.ts';
import { line, linePattern, prose } from './text.ts';
import { timeSchema } from './wire-token.ts';

/** Digits as people type them: full-width ones, spaces and hyphens are normalised before the pattern is looked at. */
function digits(pattern: RegExp, expected: string) {
  return z.string().max(64).transform(normaliseDigits).pipe(z.string().regex(pattern, expected));
}

/** An ID that an address can hold: `.` and `..` are taken out of a path before anybody reads it, RFC 3986 section 5.2.4. */
const idLine = line(64).refine((text) => text !== '.' && text !== '..', 'expects an ID other than `.` and `..`');
export const loginIdSchema = z
  .string()
  .transform((text) => text.normalize('NFC'))
  .pipe(idLine)
  .meta({
    // Of what comes before a transformation the document says nothing by itself.
    ...{ minLength: 1, maxLength: 64, pattern: linePattern },
    description: 'Login ID at the bank: NFC, case-sensitive, 1 to 64 characters; not `.` or `..`.',
    example: 'hanako',
  });
export const contractIdSchema = idLine.meta({
  description: 'The bank’s number of the contract, 1 to 64 characters; not `.` or `..`.',
  example: 'C-1001',
});
export const otpSchema = digits(otpPattern, 'expects 6 to 8 digits').meta({
  description: 'One-time password: 6 to 8 digits; full-width digits, spaces and hyphens are normalised.',
  example: '71959276',
});
export const serialSchema = digits(serialPattern, 'expects 8 to 12 digits').meta({
  description: 'Serial on the back of a hardware token: 8 to 12 digits as text, leading zeros count.',
  example: '00123456',
});
export const activationPasswordSchema = digits(activationPasswordPattern, 'expects 4 to 8 digits').meta({
  description: 'Activation password (利用開始パスワード): 4 to 8 digits, chosen by the user, used once.',
  example: '583920',
});
export const confirmationPasswordSchema = prose(128).meta({
  description: 'Confirmation password (確認用パスワード). Only for a user for whom one is registered.',
  example: 'correct horse',
});
/**
 * As browsers check it (HTML, valid e-mail address), under a domain with a dot. Dots beside each other or before the
 * `@`, which RFC 5321 does not know, stand in addresses that Japanese mobile carriers gave out.
 */
export const emailSchema = z
  .email({
    pattern:
      /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])$/,
    error: 'expects an e-mail address',
  })
  .max(254)
  .meta({ description: 'E-mail address in ASCII.', example: 'hanako@example.jp' });
/** One per attempt of the user; sent as the header `Idempotency-Key`. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'expects 1 to 255 visible ASCII characters')
  .meta({
    description:
      'One per attempt of the user: the same key with the same body, byte for byte, to the same path and under the same ' +
      'API key gets the first answer again, for 24 hours; of a validation or an activation for 10 minutes. 429 and 5xx ' +
      'are not kept: ask again with the same key.',
    example: 'b1c7e0a2-6a3f-4d0e-9a44-0d6f2f1c7a10',
  });
/**
 * How many items a page of a list holds. In a query it is a text: plain decimal digits, since `Number` would also take
 * `0x10`, `1e1` and white space.
 */
export const limitSchema = z
  .preprocess(
    (text) => (typeof text === 'string' && /^[0-9]+$/.test(text) ? Number(text) : text),
    z.int('expects a number from 1 to 500 in decimal digits').min(1).max(500),
  )
  .default(50)
  .meta({ description: 'Items on a page at most.' });
export const cursorSchema = z
  .string()
  .max(512)
  .optional()
  .meta({ description: '`nextCursor` of the page before, asked with the same filters; left out for the first page.' });
export const nextCursorSchema = z.string().nullable().meta({
  description: 'Leads to the next page, as `cursor`; null on the last one.',
});
export const nullableTimeSchema = timeSchema.nullable();
export const operationSchema = z
  .enum(operations)
  .meta({ description: 'What the user wants to do.', example: 'transfer' });
export const feeSchema = z
  .object({
    kind: z.enum(['free', 'additional', 'reissue']).meta({
      description: '`free`: the contract’s first, or in place of an expired one; `reissue`: after loss and the like.',
    }),
    amountYen: z.int().meta({ example: 0 }),
  })
  .meta({ id: 'Fee', description: 'What a hardware token costs its contract; the amounts are the institution’s.' });

/** Each reason of a list with its meaning, for the documentation. */
export function reasonList(meanings: Readonly<Record<string, string>>): string {
  return Object.entries(meanings)
    .map(([reason, meaning]) => `- \`${reason}\`: ${meaning}`)
    .join('\n');
}

export const otpStatuses = ['unregistered', 'issued', 'active', 'locked', 'expired', 'revoked', 'deactivated'] as const;
export type OtpStatus = (typeof otpStatuses)[number];

/** Each reason of a refusal with what it means. */
const refusalMeanings = {
  beforeStartDate: 'The contract’s start date (利用開始日) is still to come.',
  reissueTooEarly: 'The old token ended too recently; `reissuableAt` says when the gate opens.',
  kindNotOffered: 'The institution does not offer this kind of token.',
  kindChangeNotAllowed: 'The institution does not let users change from their previous kind of token to this one.',
  branchApplicationRequired: 'Hardware tokens are applied for at the branch; the user cannot order one here.',
  tokenAlreadyActive: 'The user holds a token in use; end that one first.',
  nothingToActivate: 'There is no issue that could be activated.',
  nothingToCancel: 'There is no open issue or request.',
  nothingToDeactivate: 'The user has no token in use.',
  nothingToResynchronise: 'The user has no hardware token in use; software tokens do not drift.',
  deactivationNotOffered: 'The institution does not let users end the use of their own token.',
  setUpNotDone: 'The app has not received the token yet.',
  issueExpired: 'The issue’s time is over; issue again.',
  emailNotAllowed: 'The institution does not send to this address.',
  activationPasswordWeak: 'The activation password is easily guessed, such as 1234.',
  serialUnknown: 'No serial was given, or the institution has shipped no such token.',
  serialOfAnotherContract: 'The token was shipped to another contract.',
  serialNotReusable: 'The token was revoked, deactivated or reported before and is not registered again.',
  sharingNotAllowed: 'Another user has this token, and the institution does not allow sharing.',
  tokenExpired: 'The time printed on the token is over.',
  mustBeReissued: 'Too many wrong OTPs over all lockouts; only a new token helps.',
  locked: 'Too many wrong OTPs in a row; somebody must unlock the token.',
  confirmationPasswordWrong: 'The confirmation password is wrong; the failure was counted.',
  confirmationPasswordLocked: 'Too many wrong confirmation passwords; the bank registers a new one.',
} as const;
export type RefusalReason = keyof typeof refusalMeanings;
export const refusalReasons = Object.keys(refusalMeanings) as RefusalReason[];
export const refusalReasonSchema = z.enum(refusalReasons).meta({
  id: 'RefusalReason',
  description: `Why the verifier refused. A bank turns it into its own sentence.\n\n${reasonList(refusalMeanings)}`,
  example: 'reissueTooEarly',
});

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
