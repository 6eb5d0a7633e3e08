import * as z from 'zod';
import { branchFields } from './wire-administration.ts';

/** Why a file is refused as a whole: nothing of it comes into stock, not even what was sound. */
export const seedFileReasons = [
  'tooLarge',
  'tooManyRecords',
  'tooDeep',
  'tooLong',
  'doctype',
  'encodingWrong',
  'malformedXml',
  'malformedCsv',
  'formula',
  'unknownFormat',
  'versionUnsupported',
  'columnsMissing',
  'noRecords',
  'keyMissing',
  'keyLengthWrong',
  'derivationUnsupported',
  'iterationsTooMany',
  'cipherUnsupported',
  'cipherNotAllowed',
  'macUnsupported',
  'macMissing',
  'macMismatch',
  'decryptionFailed',
] as const;
export type SeedFileReason = (typeof seedFileReasons)[number];

/** Why one record is refused. */
export const seedRecordReasons = [
  'malformedRecord',
  'notTimeBased',
  'seedMissing',
  'seedMalformed',
  'seedAmbiguous',
  'seedTooShort',
  'seedTooLong',
  'serialMissing',
  'serialPattern',
  'serialMismatch',
  'duplicateInFile',
  'duplicateInStock',
  'algorithmUnsupported',
  'contradictory',
  'digitsUnsupported',
  'periodUnsupported',
  'responseUnsupported',
  'checkDigits',
  'dataUnknown',
  'policyUnknown',
  'policyUnsupported',
  'keyUsage',
  'dateMalformed',
  'notYetValid',
  'driftTooLarge',
] as const;
export type SeedRecordReason = (typeof seedRecordReasons)[number];

/** What a careful importer refuses and a person may allow for one file. */
export const seedFileAllowances = ['rsa15', 'tripledes', 'camellia', 'unauthenticated'] as const;

/** Base64 of 6 MiB: some 4,000 encrypted records. */
const fileChars = 8 * 1024 * 1024;

export const importHardwareSchema = z
  .strictObject({
    ...branchFields,
    file: z
      .base64()
      .min(1)
      .max(fileChars)
      .meta({ description: 'The vendor’s file as it came, PSKC or a list, in base64. Up to 6 MiB.' }),
    key: z
      .string()
      .max(400)
      .optional()
      .meta({ description: 'Pre-shared key in hex or base64, where the file is encrypted.' }),
    password: z.string().min(1).max(1_024).optional().meta({ description: 'Its passphrase.' }),
    privateKey: z
      .string()
      .max(20_000)
      .optional()
      .meta({ description: 'RSA key of at most 4096 bits in PEM, for a file under a certificate.' }),
    allow: z.array(z.enum(seedFileAllowances)).max(seedFileAllowances.length).default([]).meta({
      description: 'Accepts what is refused by default: RSA 1.5, 3DES, Camellia, unauthenticated values.',
    }),
    dryRun: z.boolean().default(false).meta({ description: 'True: only tells what would happen.' }),
    partial: z
      .boolean()
      .default(false)
      .meta({ description: 'True: takes the valid records even if others are refused. Never from a damaged file.' }),
  })
  .meta({ id: 'ImportHardware' });

const serials = z.array(z.string());
export const importHardwareAnswerSchema = z
  .object({
    outcome: z.enum(['imported', 'checked', 'refused']).meta({ description: '`checked`: a dry run found no fault.' }),
    accepted: serials.meta({ description: 'Serials that came into stock; in a dry run those that would.' }),
    refused: z.array(
      z.object({
        serial: z.string().nullable(),
        record: z.int().nullable().meta({ description: 'From 1: the key’s place in a PSKC file, the line of a list.' }),
        reason: z.enum([...seedFileReasons, ...seedRecordReasons]),
      }),
    ),
    held: serials.meta({ description: 'Valid serials, held back because others were refused.' }),
    signature: z.enum(['none', 'notVerified']).meta({ description: 'Signatures of files are not verified.' }),
  })
  .meta({ id: 'ImportHardwareAnswer' });
export type ImportHardwareAnswer = z.infer<typeof importHardwareAnswerSchema>;
