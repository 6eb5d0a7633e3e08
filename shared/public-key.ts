import * as z from 'zod';

/**
 * 32 bytes in base64url as an encoder writes them, the bits behind the last byte zero (RFC 4648 section 3.5): the
 * thumbprint, and with it the seed, is taken over these letters.
 */
const coordinate = z.string().regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/);
const members = {
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: coordinate,
  y: coordinate,
};

/** The public half of a key, whatever else the JWK holds: RFC 7517 and RFC 7518 section 6.2.1. */
export const publicHalfSchema = z.object(members);
export type PublicKey = z.infer<typeof publicHalfSchema>;

/**
 * The public key that an extension makes for one set-up: P-256 as JWK. Members beside it, such as the `key_ops` and
 * `ext` of WebCrypto, are ignored (RFC 7517 section 4), but for `d`: a private key that left its browser is no secret
 * any more.
 */
export const publicKeySchema = z
  .looseObject(members)
  .refine((key) => !('d' in key), { path: ['d'], error: 'expects the public key alone, without `d`' })
  .transform(({ kty, crv, x, y }): PublicKey => ({ kty, crv, x, y }))
  .meta({
    id: 'PublicKey',
    description:
      'P-256 public key (JWK) that the extension made for this set-up. RFC 7518 section 6.2.1. Further members are ' +
      'ignored (RFC 7517 section 4); a private key, one with `d`, is refused.',
    example: {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    },
  });
