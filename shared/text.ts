import * as z from 'zod';

/** Text that came whole: half surrogates, and the sign that stands for bytes that were no UTF-8, make two texts one. */
function isWhole(text: string): boolean {
  return text.isWellFormed() && !text.includes('\ufffd');
}

// The same once more for the OpenAPI document, in the regular expressions that all languages know.
export const linePattern = '^[^\\x00-\\x1f\\x7f-\\x9f\\ufffd]*$';

/**
 * One line of text, 1 to `most` characters. Control characters are refused: no person types them, and not every
 * database keeps them.
 */
export function line(most: number) {
  return z
    .string()
    .min(1)
    .max(most)
    .refine((text) => isWhole(text) && !/\p{Cc}/u.test(text), 'expects text in UTF-8 without control characters')
    .meta({ pattern: linePattern });
}

/**
 * A name as people are shown it, 1 to `most` characters: a line without other breaks, and without the signs that change
 * the direction of reading, which make one name look like another. Unicode TR 36 section 2.5.
 */
export function name(most: number) {
  return line(most)
    .refine(
      (text) => !/[\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text),
      'expects one line of text without signs that change the direction of reading',
    )
    .meta({ pattern: '^[^\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufffd]*$' });
}

/** Text of any kind but NUL, 1 to `most` characters. */
export function prose(most: number) {
  return z
    .string()
    .min(1)
    .max(most)
    .refine((text) => isWhole(text) && !text.includes('\0'), 'expects text in UTF-8')
    .meta({ pattern: '^[^\\x00\\ufffd]*$' });
}
