import { expect, test } from 'vitest';
import { parseInstitution } from '../../shared/institution.ts';

const least = {
  serviceId: '1001',
  name: { ja: '見本信用組合', en: 'Sample Credit Union' },
  origins: ['https://bank.example'],
  mail: { from: 'otp@bank.example' },
};

test('fills in the defaults of everything that is left out', () => {
  const parsed = parseInstitution(least);
  if (!('institution' in parsed)) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.institution).toMatchObject({
    timeZone: 'Asia/Tokyo',
    otp: { digits: 8, periodSeconds: 60, algorithm: 'SHA256', acceptedSteps: { past: 1, future: 1 } },
    lockout: { afterFailures: 5, disableAfterFailures: 100 },
    reissue: { gates: 'issue', waitMinutes: 30, closed: { from: '20:50', until: '08:10' } },
    software: { activationMinutes: 60, emailDomains: { allow: [], deny: [] } },
    hardware: { serialDigits: { min: 8, max: 12 }, feesYen: { additional: 1100 } },
    blocks: { unregistered: 'operations', locked: 'operations' },
  });
});

test('names each wrong value by its path and expects it in words', () => {
  const parsed = parseInstitution({
    ...least,
    origins: ['https://bank.example/login'],
    otp: { digits: 9, periodSeconds: 45, acceptedSteps: { past: 3 } },
    lockout: { afterFailures: 0 },
    timeZone: 'Tokyo',
    reissue: { closed: { from: '24:00', until: '08:10' } },
    mail: { from: 'nobody' },
  });
  expect('problems' in parsed && parsed.problems.map(({ path }) => path)).toEqual([
    'timeZone',
    'origins.0',
    'otp.digits',
    'otp.periodSeconds',
    'otp.acceptedSteps.past',
    'lockout.afterFailures',
    'reissue.closed.from',
    'mail.from',
  ]);
  // Zod's own text for whatever it cannot tell.
  if ('problems' in parsed)
    for (const { expected } of parsed.problems) expect(expected).not.toMatch(/^(Invalid input)?$/);
});

test.each([
  [{ min: 6, max: 14 }, ['min', 'max']],
  [{ min: 13, max: 13 }, ['min', 'max']],
  [{ min: 12, max: 8 }, ['min']],
  [{ min: 8, max: 12 }, []],
  [{ min: 10, max: 10 }, []],
  [{ max: 8 }, []],
])('serials of %j digits: wrong are %j', (serialDigits, wrong) => {
  const parsed = parseInstitution({ ...least, hardware: { serialDigits } });
  const paths = 'problems' in parsed ? parsed.problems.map(({ path }) => path) : [];
  expect(paths).toEqual(wrong.map((name) => `hardware.serialDigits.${name}`));
});

test.each([
  ['Asia/Tokyo', true],
  ['Etc/GMT-9', true],
  ['UTC', true],
  ['+09:00', true],
  ['JST', false],
  ['PST', false],
  ['IST', false],
  ['2026-11-21T00:00:00Z', false],
])('the time zone %s, which the rules must be able to reckon with: %j', (timeZone, fits) => {
  const parsed = parseInstitution({ ...least, timeZone });
  expect('problems' in parsed ? parsed.problems : []).toEqual(
    fits
      ? []
      : [{ path: 'timeZone', expected: 'expects an IANA time zone such as Asia/Tokyo, no abbreviation such as JST' }],
  );
});

test('a name is one line of at most 100 characters, a rare kanji counted as one, read in one direction', () => {
  const wrong = (ja: string) => {
    const parsed = parseInstitution({ ...least, name: { ...least.name, ja } });
    return 'problems' in parsed ? parsed.problems.map(({ path }) => path) : [];
  };
  expect([wrong('𠮷'.repeat(100)), wrong('𠮷'.repeat(101)), wrong('')]).toEqual([[], ['name.ja'], ['name.ja']]);
  for (const sign of ['\n', '\u0000', '\u2028', '\u2029', '\u200e', '\u061c', '\u202e', '\u2066', '\ud842']) {
    expect([sign, wrong(`見本${sign}信用組合`)]).toEqual([sign, ['name.ja']]);
  }
  // A variant of a kanji is picked by a sign of its own, and letters of other scripts by joiners.
  expect([wrong('葛\u{e0100}城信用組合'), wrong('می\u200cخواهم')]).toEqual([[], []]);
});

test.each([
  ['example.jp', true],
  ['@example.jp', true],
  ['.example.jp', true],
  ['EXAMPLE.co.jp', true],
  ['jp', true],
  ['*.example.jp', false],
  ['hanako@example.jp', false],
  ['example.jp ', false],
  ['example.jp.', false],
  ['ｅxample.jp', false],
  ['例.jp', false],
  ['example..jp', false],
  ['@', false],
])('the e-mail domain %j, which has to stand at the end of some address, is taken: %j', (domain, taken) => {
  const parsed = parseInstitution({ ...least, software: { emailDomains: { deny: ['example.org', domain] } } });
  const wrong = { path: 'software.emailDomains.deny.1', expected: 'expects a domain such as example.jp' };
  expect('problems' in parsed ? parsed.problems : []).toEqual(taken ? [] : [wrong]);
});

test.each([
  ['a word that is not in the file', { ...least, lockOut: {} }],
  ['a word that is not in a section', { ...least, otp: { digit: 8 } }],
])('refuses %s, so that a slip of the pen changes no rule silently', (_name, file) => {
  expect('problems' in parseInstitution(file)).toBe(true);
});

test.each([null, [], 'text', 3])('refuses %j as a whole', (file) => {
  expect('problems' in parseInstitution(file)).toBe(true);
});
