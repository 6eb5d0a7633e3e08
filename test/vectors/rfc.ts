/** RFC 4226 appendix D: the 20-byte seed and the codes of counters 0 to 9, 6 digits. */
export const rfc4226 = {
  seed: '12345678901234567890',
  codes: ['755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'],
} as const;

/** RFC 6238 appendix B: 8 digits, 30 s; seeds as long as each hash (erratum 2866). */
export const rfc6238 = {
  seeds: {
    SHA1: '12345678901234567890',
    SHA256: '12345678901234567890123456789012',
    SHA512: '1234567890123456789012345678901234567890123456789012345678901234',
  },
  rows: [
    { seconds: 59, SHA1: '94287082', SHA256: '46119246', SHA512: '90693936' },
    { seconds: 1111111109, SHA1: '07081804', SHA256: '68084774', SHA512: '25091201' },
    { seconds: 1111111111, SHA1: '14050471', SHA256: '67062674', SHA512: '99943326' },
    { seconds: 1234567890, SHA1: '89005924', SHA256: '91819424', SHA512: '93441116' },
    { seconds: 2000000000, SHA1: '69279037', SHA256: '90698825', SHA512: '38618901' },
    { seconds: 20000000000, SHA1: '65353130', SHA256: '77737706', SHA512: '47863826' },
  ],
} as const;

/** RFC 7517 appendix A.1 and A.2: the P-256 key that the set-up's vector is made with. */
export const rfc7517Key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  d: '870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE',
} as const;
