import * as z from 'zod';
import { roles } from './institution.ts';
import { line } from './text.ts';
import { branchFields, revokeResultSchema } from './wire-administration.ts';
import {
  contractIdSchema,
  cursorSchema,
  feeSchema,
  limitSchema,
  nextCursorSchema,
  nullableTimeSchema,
  reasonList,
  serialSchema,
} from './wire-fields.ts';

/** Each status of a hardware token in the institution's stock, with what it means. */
const stockMeanings = {
  inStock: 'Came with a seed file and belongs to no contract yet.',
  shipped: 'Was sent to a contract and waits for its first OTP.',
  active: 'Was activated; `holders` is empty where nobody uses it any more.',
  locked: 'Too many wrong OTPs in a row.',
  disabled: 'Too many wrong OTPs over all lockouts, or misuse was reported.',
  expired: 'The time printed on it is over.',
  lost: 'Reported as lost (紛失).',
  stolen: 'Reported as stolen (盗難).',
  broken: 'Reported as broken (故障・破損).',
  retired: 'Taken out of use by the institution.',
  void: 'Its seed is wiped.',
} as const;
export type StockStatus = keyof typeof stockMeanings;
export const stockStatuses = Object.keys(stockMeanings) as StockStatus[];
const stockStatusSchema = z.enum(stockStatuses).meta({ description: reasonList(stockMeanings), example: 'active' });

/** Why a hardware token is sent to a contract. */
export const shipmentCauses = ['first', 'additional', 'lost', 'stolen', 'broken', 'expiry'] as const;
export type ShipmentCause = (typeof shipmentCauses)[number];

// --- The list ---

const yesOrNo = z.enum(['true', 'false']);
const isDate = (text: string) => z.iso.date().safeParse(text).success;
const isTime = (text: string) => z.iso.datetime({ offset: true }).safeParse(text).success;

export const stockListQuerySchema = z.strictObject({
  status: z.enum(stockStatuses).optional().meta({ description: 'Only tokens with this status.' }),
  contractId: contractIdSchema.optional().meta({ description: 'Only tokens that were shipped to this contract.' }),
  expiringBefore: z
    .string()
    .refine((text) => isDate(text) || isTime(text), 'expects a date or an RFC 3339 time')
    .optional()
    .meta({
      description:
        'Only tokens that have expired by this time, soonest first. A date means the first moment of that day in ' +
        'the institution’s zone: `2027-01-01` finds what ends with 31 December 2026, and what ends sooner.',
      example: '2027-01-01',
    }),
  inUse: yesOrNo.optional().meta({ description: '`true`: only tokens that somebody uses.' }),
  replaced: yesOrNo
    .optional()
    .meta({ description: '`false`: only tokens without a replacement, or whose replacement was lost since.' }),
  limit: limitSchema,
  cursor: cursorSchema,
});
export const stockItemSchema = z
  .object({
    serial: z.string(),
    status: stockStatusSchema,
    contractId: z.string().nullable().meta({ description: 'The contract that it was shipped to.' }),
    expiresAt: nullableTimeSchema.meta({ description: 'The time printed on it.' }),
    shippedAt: nullableTimeSchema,
    holders: z
      .array(z.object({ loginId: z.string(), name: z.string(), role: z.enum(roles) }))
      .meta({ description: 'Who uses it.' }),
    replaces: z.string().nullable().meta({ description: 'Serial of the token in whose place it was shipped.' }),
    replacedBy: z.string().nullable().meta({
      description: 'Serial of the token that was shipped in its place, unless that one is out of use itself.',
    }),
  })
  .meta({ id: 'StockItem' });
export const stockListSchema = z
  .object({ items: z.array(stockItemSchema), nextCursor: nextCursorSchema })
  .meta({ id: 'StockList' });

// --- Shipment ---

/** Each reason of a refused shipment with what it means. */
const shipmentMeanings = {
  kindNotOffered: 'The institution does not offer hardware tokens.',
  alreadyShipped: 'The token was shipped before, to this contract or another one.',
  serialNotReusable: 'The token was in use before, or is out of use.',
  tokenExpired: 'The time printed on the token is over.',
  locked: 'The token is locked; unlock it first.',
  requestUnknown: 'The contract has no such open order.',
  replacedUnknown: 'The contract has no such token that could be replaced.',
} as const;
export type ShipmentReason = keyof typeof shipmentMeanings;

export const shipHardwareSchema = z
  .strictObject({
    ...branchFields,
    contractId: contractIdSchema,
    cause: z.enum(shipmentCauses).meta({
      description: 'Why. It decides the fee; a `first` for a contract that had one already counts as `additional`.',
      example: 'first',
    }),
    requestId: line(64)
      .optional()
      .meta({
        description:
          'The user’s order that it fulfils. Without it and without `replaces`: for `first` and `additional` the contract’s ' +
          'oldest open order; for `lost`, `stolen`, `broken` the oldest with the fee of that cause; for `expiry` likewise, ' +
          'unless it is for a token in use. If no open order matches, it fulfils none.',
      }),
    replaces: serialSchema.optional().meta({
      description:
        'Serial of the contract’s token in whose place it is sent. Without it: after `lost`, `stolen`, `broken` one that ' +
        'was reported so, for `expiry` the one in use that ends soonest, each unless it was replaced already.',
    }),
  })
  .refine(({ cause, replaces }) => replaces === undefined || (cause !== 'first' && cause !== 'additional'), {
    path: ['replaces'],
    message: 'expects no serial with `first` or `additional`',
  })
  .meta({ id: 'ShipHardware' });
const shipmentReasonSchema = z
  .enum(Object.keys(shipmentMeanings) as ShipmentReason[])
  .meta({ description: reasonList(shipmentMeanings), example: 'alreadyShipped' });
export const shipHardwareAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('shipped'),
      serial: z.string(),
      contractId: z.string(),
      cause: z.enum(shipmentCauses).meta({ description: 'As it counted.' }),
      fee: feeSchema,
      requestId: z.string().nullable().meta({ description: 'The order that it fulfils.' }),
      replaces: z.string().nullable().meta({ description: 'Serial of the token in whose place it is sent.' }),
      expiresAt: nullableTimeSchema,
    }),
    z.object({ outcome: z.literal('refused'), reason: shipmentReasonSchema }),
  ])
  .meta({ id: 'ShipHardwareAnswer' });

// --- Out of use ---

export const outOfUseStatuses = ['lost', 'stolen', 'broken', 'retired'] as const;
export type OutOfUse = (typeof outOfUseStatuses)[number];

export const updateHardwareSchema = z
  .strictObject({
    ...branchFields,
    status: z.enum(outOfUseStatuses).meta({ description: 'What became of the token.', example: 'lost' }),
  })
  .meta({ id: 'UpdateHardware' });
export const updateHardwareAnswerSchema = z
  .object({
    outcome: z.enum(['done', 'refused']),
    reason: z.enum(['outOfUse']).nullable().meta({ description: '`outOfUse`: it was retired before, which is final.' }),
    serial: z.string(),
    status: stockStatusSchema,
    results: z.array(revokeResultSchema).meta({ description: 'Everybody who used it: their tokens are revoked.' }),
  })
  .meta({ id: 'UpdateHardwareAnswer' });

// --- Unlock by serial ---

/** Each reason of a refused unlock by serial with what it means. */
const unlockMeanings = {
  notLocked: 'The token is not locked.',
  mustBeReissued: 'Too many wrong OTPs over all lockouts, or it is out of use: only a new token helps.',
  tokenExpired: 'The time printed on the token is over.',
} as const;
export type UnlockHardwareReason = keyof typeof unlockMeanings;

export const unlockHardwareSchema = z.strictObject({ ...branchFields }).meta({ id: 'UnlockHardware' });
export const unlockHardwareAnswerSchema = z
  .object({
    outcome: z.enum(['unlocked', 'refused']),
    reason: z
      .enum(Object.keys(unlockMeanings) as UnlockHardwareReason[])
      .nullable()
      .meta({ description: `Null where it was unlocked.\n\n${reasonList(unlockMeanings)}` }),
    serial: z.string(),
    status: stockStatusSchema,
  })
  .meta({ id: 'UnlockHardwareAnswer' });
