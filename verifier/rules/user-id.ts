/** Crockford's alphabet: digits and letters without I, L, O and U, which are misread or misheard. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Random bytes that one User ID uses up. */
export const userIdBytes = 12;

/** A User ID (ユーザID) of 12 characters with 5 random bits each: 60 bits. */
export function makeUserId(random: Uint8Array): string {
  if (random.length !== userIdBytes) throw new RangeError(`a User ID takes ${userIdBytes} bytes`);
  return Array.from(random, (byte) => alphabet[byte & 31]).join('');
}

/** As people read it: groups of four with hyphens between. */
export function groupUserId(userId: string): string {
  return userId.match(/.{1,4}/g)?.join('-') ?? userId;
}
