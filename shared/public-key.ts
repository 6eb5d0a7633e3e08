import * as z from 'zod';

/** The public key that an extension makes for one set-up: P-256 as JWK, RFC 7517 and RFC 7518 section 6.2.1. */
export const publicKeySchema = z
  .strictObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
    y: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  })
  .meta({
    id: 'PublicKey',
    description: 'P-256 public key (JWK) that the extension made for this set-up. RFC 7518 section 6.2.1.',
    example: {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    },
  });
export type PublicKey = z.infer<typeof publicKeySchema>;
