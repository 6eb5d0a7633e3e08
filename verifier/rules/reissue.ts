import type { Institution } from '../../shared/institution.ts';

type Reissue = Institution['reissue'];

/**
 * The reissue gate: the first instant at which a user whose token was revoked may be issued, or may activate, a new one
 * (M1, M3, M4). Revoked in the closed hours, it opens when they end; otherwise after the wait. The wait is elapsed time,
 * the hours are the institution's local time: `from` belongs to them, `until` does not.
 * @param revokedAtMs Unix time in milliseconds
 * @param timeZone IANA name, as `Asia/Tokyo`
 * @returns Unix time in milliseconds, `revokedAtMs` itself where no gate stands
 */
export function reissuableAfterRevocationMs(revokedAtMs: number, reissue: Reissue, timeZone: string): number {
  const revoked = Temporal.Instant.fromEpochMilliseconds(revokedAtMs).toZonedDateTimeISO(timeZone);
  const { closed } = reissue;
  if (closed !== null) {
    const time = revoked.toPlainTime();
    if (isWithin(time, Temporal.PlainTime.from(closed.from), Temporal.PlainTime.from(closed.until))) {
      return nextLocal(revoked, Temporal.PlainTime.from(closed.until));
    }
  }
  return revokedAtMs + reissue.waitMinutes * 60_000;
}

/**
 * The first instant at which a token of the other kind may be activated after a deactivation: the start of the next
 * local day where the institution asks for it (M2), otherwise at once.
 */
export function reissuableAfterKindChangeMs(deactivatedAtMs: number, reissue: Reissue, timeZone: string): number {
  switch (reissue.afterKindChange) {
    case 'none':
      return deactivatedAtMs;
    case 'nextDay':
      return Temporal.Instant.fromEpochMilliseconds(deactivatedAtMs)
        .toZonedDateTimeISO(timeZone)
        .add({ days: 1 })
        .startOfDay().epochMilliseconds;
  }
}

/** Whether a time of day lies from `from` on and before `until`; the span may hold midnight. Equal ends hold nothing. */
function isWithin(time: Temporal.PlainTime, from: Temporal.PlainTime, until: Temporal.PlainTime): boolean {
  const afterFrom = Temporal.PlainTime.compare(time, from) >= 0;
  const beforeUntil = Temporal.PlainTime.compare(time, until) < 0;
  return Temporal.PlainTime.compare(from, until) <= 0 ? afterFrom && beforeUntil : afterFrom || beforeUntil;
}

/** The first instant after `moment` whose local time is `time`; where the clocks skip it, the first instant behind the gap. */
function nextLocal(moment: Temporal.ZonedDateTime, time: Temporal.PlainTime): number {
  for (let days = 0; ; days++) {
    const local = moment.toPlainDate().add({ days }).toPlainDateTime(time);
    for (const disambiguation of ['earlier', 'later'] as const) {
      const candidate = local.toZonedDateTime(moment.timeZoneId, { disambiguation });
      const instantMs = candidate.toPlainDateTime().equals(local)
        ? candidate.epochMilliseconds
        : behindGap(local, moment);
      if (instantMs > moment.epochMilliseconds) return instantMs;
    }
  }
}

/** The instant at which the clocks jump over a local time that does not exist. */
function behindGap(local: Temporal.PlainDateTime, moment: Temporal.ZonedDateTime): number {
  const before = local.toZonedDateTime(moment.timeZoneId, { disambiguation: 'earlier' });
  const jump = before.getTimeZoneTransition('next');
  if (jump === null) throw new Error(`no transition after ${before.toString()}`);
  return jump.epochMilliseconds;
}
