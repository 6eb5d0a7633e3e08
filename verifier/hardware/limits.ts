/** What reading a vendor's file may cost at most. A file beyond any of these is refused as a whole. */
export const limits = {
  /** A box of 100,000 tokens in encrypted PSKC takes about 150 MB. */
  fileBytes: 512 * 1024 * 1024,
  records: 250_000,
  /** Elements inside each other. RFC 6030 needs 9. */
  depth: 32,
  /** Characters of one tag, text, comment or the like. */
  tokenChars: 128 * 1024,
  /** Characters and elements of one key package, or of one part of the container's head. */
  partChars: 512 * 1024,
  partElements: 4_000,
  attributes: 64,
  /** PBKDF2 at this count takes about a second. */
  pbkdf2Iterations: 1_000_000,
  /** Of each number of an RSA key: 4,096 bits. At 16,384 one value takes seconds, and nothing else is done meanwhile. */
  rsaBytes: 512,
  csvRowChars: 4_096,
  csvColumns: 64,
} as const;
