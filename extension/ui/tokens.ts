import type { TokenSummary } from '../messages.ts';

/** Why no bank accepts this token any more; null where one may. A mark goes before an expiry, since the person set it. */
export function overOf(
  token: Pick<TokenSummary, 'expiresAtMs' | 'revoked'>,
  nowMs: number,
): 'revoked' | 'expired' | null {
  if (token.revoked) return 'revoked';
  return token.expiresAtMs !== null && token.expiresAtMs <= nowMs ? 'expired' : null;
}

/**
 * Whether a token is meant by what a person typed: each word of it stands in a name of either language or in an ID.
 * Width, case and kana of either kind make no difference; an empty text means all.
 */
export function matches(token: Pick<TokenSummary, 'name' | 'serviceId' | 'userId'>, typed: string): boolean {
  const place = folded([token.name.ja, token.name.en, token.serviceId, token.userId].join(' '));
  return folded(typed)
    .split(/\s+/)
    .every((word) => place.includes(word));
}

function folded(text: string): string {
  const hiragana = (katakana: string) => String.fromCharCode(katakana.charCodeAt(0) - 0x60);
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u30a1-\u30f6]/g, hiragana)
    .trim();
}
