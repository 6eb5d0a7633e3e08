import * as z from 'zod';

/** What the software token itself is answered: apart from the rest, so that the extension carries nothing else of it. */

export const timeSchema = z.iso
  .datetime({ offset: true, error: 'expects an RFC 3339 time with offset, such as 2026-11-21T09:00:00+09:00' })
  .meta({ description: 'RFC 3339 time with offset.', example: '2026-11-21T09:00:00.000Z' });

export const timeAnswerSchema = z.object({ now: timeSchema }).meta({ id: 'Time' });

export const provisionAnswerSchema = z
  .discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('provisioned'),
      token: z.string().meta({ description: 'Compact JWE (ECDH-ES, A256GCM) to `publicKey`. RFC 7516 section 7.1.' }),
    }),
    z.object({ outcome: z.literal('refused'), reason: z.literal('provisioningRefused') }),
  ])
  .meta({ id: 'ProvisionAnswer' });
