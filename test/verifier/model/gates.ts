import type { TokenKind } from '../../../shared/institution.ts';
import { answer, dayMs, type Expected, endedBefore, japanMs, minuteMs, text, type User, type World } from './world.ts';

export function startsLaterMs(world: World, user: User): number | null {
  const startsAtMs = world.contracts[user.contractId]?.startsAtMs ?? null;
  return startsAtMs !== null && world.nowMs < startsAtMs ? startsAtMs : null;
}

export function mayFollow({ institution }: World, before: TokenKind | null, wanted: TokenKind): boolean {
  if (!institution.kinds.includes(wanted)) return false;
  if (before === null || before === wanted) return true;
  return wanted === 'hardware' ? institution.software.toHardware : institution.hardware.toSoftware;
}

const minuteOfDay = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** 30 minutes after a revocation, or the end of the closed hours for one within them. */
function afterRevocationMs({ institution }: World, revokedMs: number): number {
  const { closed, waitMinutes } = institution.reissue;
  const midnightMs = Math.floor((revokedMs + japanMs) / dayMs) * dayMs - japanMs;
  if (closed !== null) {
    const minute = Math.floor((revokedMs - midnightMs) / minuteMs);
    const [from, until] = [minuteOfDay(closed.from), minuteOfDay(closed.until)];
    // The closed hours hold midnight.
    if (minute >= from) return midnightMs + dayMs + until * minuteMs;
    if (minute < until) return midnightMs + until * minuteMs;
  }
  return revokedMs + waitMinutes * minuteMs;
}

function afterKindChangeMs({ institution }: World, endedMs: number): number {
  if (institution.reissue.afterKindChange === 'none') return endedMs;
  return (Math.floor((endedMs + japanMs) / dayMs) + 1) * dayMs - japanMs;
}

const ahead = (world: World, ms: number): number | null => (ms > world.nowMs ? ms : null);

export function issueGateMs(world: World, user: User): number | null {
  const ended = endedBefore(user);
  if (ended?.stage !== 'revoked' || world.institution.reissue.gates !== 'issue') return null;
  return ahead(world, afterRevocationMs(world, ended.endedAtMs));
}

/** @param issued whether the user went through a step of issue, where the gate may have stood already */
export function activationGateMs(world: World, user: User, kind: TokenKind, issued: boolean): number | null {
  const ended = endedBefore(user);
  if (ended === null) return null;
  if (ended.stage === 'revoked') {
    if (issued && world.institution.reissue.gates === 'issue') return null;
    return ahead(world, afterRevocationMs(world, ended.endedAtMs));
  }
  return ended.kind === kind ? null : ahead(world, afterKindChangeMs(world, ended.endedAtMs));
}

export function reissuableAtMs(world: World, user: User): number | null {
  const ended = endedBefore(user);
  if (ended === null) return null;
  if (ended.stage === 'revoked') return ahead(world, afterRevocationMs(world, ended.endedAtMs));
  const other = ended.kind === 'software' ? 'hardware' : 'software';
  return mayFollow(world, ended.kind, other) ? ahead(world, afterKindChangeMs(world, ended.endedAtMs)) : null;
}

export function refused(world: World, user: User, reason: string): Expected {
  const gate = reason === 'reissueTooEarly' ? reissuableAtMs(world, user) : null;
  return answer({ outcome: 'refused', reason, ...(gate === null ? {} : { reissuableAt: text(gate) }) });
}
