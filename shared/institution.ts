import * as z from 'zod';
import { expectedOf } from './expected.ts';
import { isFillableOrigin } from './origin.ts';
import { otpAlgorithms } from './otp-algorithms.ts';
import { name } from './text.ts';

export const operations = [
  'login',
  'transfer',
  'registeredTransfer',
  'bulkTransfer',
  'payroll',
  'approval',
  'taxPayment',
  'tokenManagement',
  'userManagement',
] as const;
export type Operation = (typeof operations)[number];

export const roles = ['master', 'administrator', 'general'] as const;
export type Role = (typeof roles)[number];

export const tokenKinds = ['software', 'hardware'] as const;
export type TokenKind = (typeof tokenKinds)[number];

const bilingual = z.strictObject({ ja: name(100), en: name(100) });
const clockTime = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'expects a time of day as HH:MM');
/** One that the rules can reckon with: `Intl` alone also knows abbreviations, which `Temporal` throws at. */
const timeZone = z.string().refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    // Not every browser that loads this module has it; none reads an institution there.
    if (typeof Temporal !== 'undefined') Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}, 'expects an IANA time zone such as Asia/Tokyo, no abbreviation such as JST');
/** What no address ends in, such as `*.example.jp`, would deny nothing and nobody would hear of it. */
const domain = z
  .string()
  .max(253)
  .regex(/^[@.]?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.(?=.)|$))+$/, 'expects a domain such as example.jp');
const domains = z.array(domain).max(1000);
const yen = z.int().min(0).max(1_000_000);
const unlockers = z.array(z.enum(roles)).max(3);
const revokers = z.array(z.enum([...roles, 'self'])).max(4);
const blocked = z.enum(['none', 'operations', 'login', 'setUpAtLogin']);

/** Fills an object's own defaults where the object is left out. */
function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).prefault({} as never);
}

/** The least and the most digits of a serial: within the 8 to 12 that every call takes, see `serialPattern`. */
const serialDigits = section({
  min: z.int().min(8).max(12).default(8),
  max: z.int().min(8).max(12).default(12),
}).refine(({ min, max }) => min <= max, { path: ['min'], error: 'expects no more than `max`' });

/** One credit union's rules, as its operation manual gives them. */
export const institutionSchema = z
  .strictObject({
    /** サービスID: typed into the app at set-up. */
    serviceId: z.string().regex(/^[0-9A-Za-z]{1,16}$/, 'expects 1 to 16 letters or digits'),
    name: bilingual,
    colour: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'expects a colour as #RRGGBB')
      .default('#27408b'),
    timeZone: timeZone.default('Asia/Tokyo'),
    /** The only web origins where the extension may fill. */
    origins: z
      .array(
        z.string().refine(isFillableOrigin, 'expects an https origin without a path, such as https://bank.example'),
      )
      .min(1)
      .max(50),
    /** CSS selectors of the bank's OTP fields, where it wants to give them. */
    fieldHints: z.array(z.string().min(1).max(500)).max(50).default([]),
    kinds: z.array(z.enum(tokenKinds)).min(1).default(['software', 'hardware']),
    application: z.enum(['branch', 'selfService']).default('branch'),
    otp: section({
      digits: z.int().min(6).max(8).default(8),
      periodSeconds: z.literal([30, 60]).default(60),
      algorithm: z.enum(otpAlgorithms).default('SHA256'),
      acceptedSteps: section({
        past: z.int().min(0).max(2).default(1),
        future: z.int().min(0).max(2).default(1),
      }),
    }),
    drift: section({
      limitSteps: z.int().min(0).max(100).default(10),
      activationSteps: z.int().min(0).max(100).default(5),
      resynchronisationSteps: z.int().min(0).max(200).default(20),
    }),
    /** Those that need an OTP. */
    operations: z.array(z.enum(operations)).default(['transfer', 'approval']),
    /**
     * What a user cannot do in a status. A missing one blocks like `unregistered` (issued) or `locked`. An issue after a
     * revocation opens nothing that `revoked` closes, but for its set-up.
     */
    blocks: section({
      unregistered: blocked.default('operations'),
      issued: blocked.optional(),
      locked: blocked.default('operations'),
      expired: blocked.optional(),
      revoked: blocked.optional(),
      deactivated: blocked.optional(),
    }),
    lockout: section({
      /** Wrong codes in a row until the token locks. */
      afterFailures: z.int().min(1).max(20).default(5),
      /** Wrong codes since the last accepted one, over all lockouts, until only a new token helps. NIST SP 800-63B-4 section 3.2.2. */
      disableAfterFailures: z.int().min(1).max(100).default(100),
    }),
    failureBudget: section({
      perMinute: z.int().min(1).default(300),
      refuse: z.boolean().default(false),
    }),
    /** Which users may unlock whom; the branch always may. */
    unlock: section({
      general: unlockers.default(['master']),
      administrator: unlockers.default([]),
      master: unlockers.default([]),
      sharedWithMaster: unlockers.default([]),
    }),
    revoke: section({
      general: revokers.default(['master']),
      administrator: revokers.default(['master']),
      master: revokers.default(['self']),
      /** Which users may revoke a token that is lost, stolen or broken and that a master shares with somebody else. */
      sharedWithMaster: unlockers.default([]),
      actorOtp: z.boolean().default(true),
    }),
    deactivation: section({
      offered: z.boolean().default(false),
      actorOtp: z.boolean().default(true),
    }),
    reissue: section({
      gates: z.enum(['issue', 'activation']).default('issue'),
      waitMinutes: z.int().min(0).max(10_080).default(30),
      closed: z
        .strictObject({ from: clockTime, until: clockTime })
        .nullable()
        .default({ from: '20:50', until: '08:10' }),
      afterKindChange: z.enum(['none', 'nextDay']).default('nextDay'),
    }),
    software: section({
      /** Minutes until activation at the latest: from the issue on, or from where a gate lets it be activated. */
      activationMinutes: z.int().min(1).max(10_080).default(60),
      emailDomains: section({ allow: domains.default([]), deny: domains.default([]) }),
      /** Whether users may change to hardware. Where `kinds` leaves software out, nobody who had it gets a token without. */
      toHardware: z.boolean().default(true),
    }),
    hardware: section({
      serialDigits,
      sharing: z.boolean().default(true),
      reusableAfterRevocation: z.boolean().default(false),
      reusableAfterDeactivation: z.boolean().default(false),
      /** Whether users may change to software. Where `kinds` leaves hardware out, nobody who had it gets a token without. */
      toSoftware: z.boolean().default(false),
      /** `lost` is also the fee after a theft and for a broken token. */
      feesYen: section({
        first: yen.default(0),
        additional: yen.default(1100),
        lost: yen.default(1100),
        expiry: yen.default(0),
      }),
    }),
    mail: z.strictObject({
      from: z.email('expects an e-mail address'),
      /** Whether the mail carries Service ID and User ID (M3), or the address alone (M4). */
      showIds: z.boolean().default(true),
      supportContact: z.string().max(500).default(''),
      notices: z.array(z.email('expects an e-mail address')).max(20).default([]),
    }),
    branch: section({
      documentRequired: z.boolean().default(true),
      twoPersons: z.boolean().default(false),
    }),
    webhooks: z
      .array(z.strictObject({ url: z.url({ protocol: /^https?$/ }) }))
      .max(20)
      .default([]),
  })
  .meta({ id: 'Institution' });

/** The institution with every default filled in. */
export type Institution = z.infer<typeof institutionSchema>;

/** One thing wrong in an institution file: the path of the value, as `otp.digits`, and what is expected. */
export interface InstitutionProblem {
  readonly path: string;
  readonly expected: string;
}

/** Reads an institution file: the institution with its defaults, or each wrong value by its path. */
export function parseInstitution(
  value: unknown,
): { readonly institution: Institution } | { readonly problems: readonly InstitutionProblem[] } {
  const parsed = institutionSchema.safeParse(value);
  if (parsed.success) return { institution: parsed.data };
  return {
    problems: parsed.error.issues.flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys') return [{ path: issue.path.join('.'), expected: expectedOf(issue) }];
      return issue.keys.map((key) => ({
        path: [...issue.path, key].join('.'),
        expected: 'expects no value of this name',
      }));
    }),
  };
}
