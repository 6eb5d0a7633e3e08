import { describe, expect, test } from 'vitest';
import { reissuableAfterKindChangeMs, reissuableAfterRevocationMs } from '../../../verifier/rules/reissue.ts';

const manuals = {
  gates: 'issue',
  waitMinutes: 30,
  closed: { from: '20:50', until: '08:10' },
  afterKindChange: 'nextDay',
} as const;
const minuteMs = 60_000;
const local = (text: string, zone = 'Asia/Tokyo') =>
  Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds;
const gate = (revokedAt: string, zone = 'Asia/Tokyo', reissue = manuals) =>
  Temporal.Instant.fromEpochMilliseconds(reissuableAfterRevocationMs(local(revokedAt, zone), reissue, zone))
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second' });

describe('after a revocation (M1, M3, M4)', () => {
  test.each([
    ['2026-11-21T20:49:00', '2026-11-21T21:19:00'],
    ['2026-11-21T20:49:59', '2026-11-21T21:19:59'],
    ['2026-11-21T20:50:00', '2026-11-22T08:10:00'],
    ['2026-11-21T23:59:59', '2026-11-22T08:10:00'],
    ['2026-11-22T00:00:00', '2026-11-22T08:10:00'],
    ['2026-11-22T08:09:00', '2026-11-22T08:10:00'],
    ['2026-11-22T08:09:59', '2026-11-22T08:10:00'],
    ['2026-11-22T08:10:00', '2026-11-22T08:40:00'],
    ['2026-11-22T12:00:30', '2026-11-22T12:30:30'],
    ['2026-12-31T20:49:00', '2026-12-31T21:19:00'],
    ['2026-12-31T20:50:00', '2027-01-01T08:10:00'],
    ['2026-12-31T23:45:00', '2027-01-01T08:10:00'],
    ['2028-02-28T22:00:00', '2028-02-29T08:10:00'],
  ])('revoked %s, open from %s', (revokedAt, opensAt) => {
    expect(gate(revokedAt)).toBe(opensAt);
  });

  test.each(['2026-11-20', '2026-12-30', '2028-02-28'])('every minute of 48 hours from %s on', (day) => {
    // Minutes of the day and plain addition: another way to the same answer, for a zone without daylight saving.
    const midnight = local(`${day}T00:00:00`);
    const opensFirst = 8 * 60 + 10;
    const closesAt = 20 * 60 + 50;
    for (let minute = 0; minute < 48 * 60; minute++) {
      const ofDay = minute % 1440;
      const dayStart = minute - ofDay;
      const opens =
        ofDay < opensFirst ? dayStart + opensFirst : ofDay < closesAt ? minute + 30 : dayStart + 1440 + opensFirst;
      expect(reissuableAfterRevocationMs(midnight + minute * minuteMs, manuals, 'Asia/Tokyo'), `minute ${minute}`).toBe(
        midnight + opens * minuteMs,
      );
    }
  });

  test('closed hours within one day close those alone, and equal ends none', () => {
    const at = (from: string, until: string, revokedAt: string) =>
      gate(revokedAt, 'Asia/Tokyo', { ...manuals, closed: { from, until } } as never);
    expect(at('02:00', '05:00', '2026-11-21T01:59:59')).toBe('2026-11-21T02:29:59');
    expect(at('02:00', '05:00', '2026-11-21T02:00:00')).toBe('2026-11-21T05:00:00');
    expect(at('02:00', '05:00', '2026-11-21T04:59:59')).toBe('2026-11-21T05:00:00');
    expect(at('02:00', '05:00', '2026-11-21T05:00:00')).toBe('2026-11-21T05:30:00');
    for (const time of ['04:59:00', '05:00:00', '05:01:00'])
      expect(at('05:00', '05:00', `2026-11-21T${time}`)).toBe(
        gate(`2026-11-21T${time}`, 'Asia/Tokyo', { ...manuals, closed: null } as never),
      );
  });
});

describe('where the clocks change (America/New_York)', () => {
  const zone = 'America/New_York';

  test('every minute of the 48 hours around both changes: never before the revocation, and at local 08:10 or 30 minutes later', () => {
    for (const day of ['2026-03-07T12:00:00', '2026-10-31T12:00:00']) {
      const start = local(day, zone);
      for (let minute = 0; minute < 48 * 60; minute++) {
        const revokedAtMs = start + minute * minuteMs;
        const wall = Temporal.Instant.fromEpochMilliseconds(revokedAtMs).toZonedDateTimeISO(zone);
        const clock = wall.hour * 60 + wall.minute;
        const opensAtMs = reissuableAfterRevocationMs(revokedAtMs, manuals, zone);
        if (clock >= 8 * 60 + 10 && clock < 20 * 60 + 50) {
          expect(opensAtMs).toBe(revokedAtMs + 30 * minuteMs);
        } else {
          const opens = Temporal.Instant.fromEpochMilliseconds(opensAtMs).toZonedDateTimeISO(zone);
          expect(opens.toPlainTime().toString()).toBe('08:10:00');
          expect(opensAtMs).toBeGreaterThan(revokedAtMs);
          expect(opensAtMs - revokedAtMs).toBeLessThanOrEqual((11 * 60 + 20 + 60) * minuteMs);
        }
      }
    }
  });

  test('the wait is elapsed time, also over the change', () => {
    const open = { ...manuals, closed: null } as const;
    const revokedAtMs = local('2026-03-08T01:45:00', zone);
    const opensAtMs = reissuableAfterRevocationMs(revokedAtMs, open, zone);
    expect(opensAtMs - revokedAtMs).toBe(30 * minuteMs);
    expect(Temporal.Instant.fromEpochMilliseconds(opensAtMs).toZonedDateTimeISO(zone).hour).toBe(3);
  });

  test('an end of the closed hours that the clocks skip means the first instant behind the gap', () => {
    const reissue = { ...manuals, closed: { from: '22:00', until: '02:30' } } as const;
    expect(gate('2026-03-07T23:00:00', zone, reissue as never)).toBe('2026-03-08T03:00:00');
  });

  test('an end that the clocks show twice means the next one to come', () => {
    const reissue = { ...manuals, closed: { from: '22:00', until: '01:30' } } as const;
    const first = Temporal.PlainDateTime.from('2026-11-01T01:30:00').toZonedDateTime(zone, {
      disambiguation: 'earlier',
    });
    const second = Temporal.PlainDateTime.from('2026-11-01T01:30:00').toZonedDateTime(zone, {
      disambiguation: 'later',
    });
    const at = (ms: number) => reissuableAfterRevocationMs(ms, reissue, zone);
    expect(at(first.epochMilliseconds - minuteMs)).toBe(first.epochMilliseconds);
    expect(at(first.epochMilliseconds)).toBe(first.epochMilliseconds + 30 * minuteMs);
    expect(at(second.epochMilliseconds - minuteMs)).toBe(second.epochMilliseconds);
  });
});

describe('after a change of kind (M2)', () => {
  test.each([
    ['2026-11-21T00:00:00', '2026-11-22T00:00:00'],
    ['2026-11-21T23:59:59', '2026-11-22T00:00:00'],
    ['2026-12-31T12:00:00', '2027-01-01T00:00:00'],
  ])('deactivated %s, from %s on', (deactivatedAt, opensAt) => {
    expect(reissuableAfterKindChangeMs(local(deactivatedAt), manuals, 'Asia/Tokyo')).toBe(local(opensAt));
  });

  test('a day that begins at 01:00 begins there', () => {
    // Clocks in Santiago jump from 24:00 to 01:00 on 6 September 2026.
    const zone = 'America/Santiago';
    expect(reissuableAfterKindChangeMs(local('2026-09-05T12:00:00', zone), manuals, zone)).toBe(
      local('2026-09-06T01:00:00', zone),
    );
    expect(reissuableAfterKindChangeMs(local('2026-09-06T12:00:00', zone), manuals, zone)).toBe(
      local('2026-09-07T00:00:00', zone),
    );
  });

  test('at once where the institution asks for no wait', () => {
    const revokedAtMs = local('2026-11-21T12:00:00');
    expect(reissuableAfterKindChangeMs(revokedAtMs, { ...manuals, afterKindChange: 'none' }, 'Asia/Tokyo')).toBe(
      revokedAtMs,
    );
  });
});
