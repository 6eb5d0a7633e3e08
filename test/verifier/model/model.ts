import type { Institution, Operation, Role, TokenKind } from '../../../shared/institution.ts';
import { independentCode, type Parameters } from '../totp.ts';

/**
 * A verifier without a database: what every call answers and leaves behind, over plain objects. Written from the
 * agreement on the interface and the rules of the manuals; it shares nothing with the verifier's own rules.
 */

export interface Token {
  readonly name: string;
  readonly kind: TokenKind;
  readonly serial: string | null;
  readonly parameters: Parameters;
  /** What its codes are made from; null for software until the app has it. */
  seed: Uint8Array | null;
  contractId: string | null;
  condition: 'stock' | 'active' | 'locked' | 'disabled' | 'void';
  reported: boolean;
  lastStep: number;
  driftSteps: number;
  /** Wrong codes in a row. */
  failures: number;
  /** Wrong codes since the last accepted one, over all lockouts. */
  failuresSinceAccepted: number;
  readonly expiresAtMs: number | null;
  /** By how much its own clock is ahead. */
  readonly offsetMs: number;
}

/** A token in one user's hands, or on its way there. */
export interface Holding {
  readonly kind: TokenKind;
  stage: 'requested' | 'issued' | 'provisioned' | 'active' | 'revoked' | 'deactivated';
  /** Name of the token; null while it is only ordered. */
  token: string | null;
  lapsesAtMs: number | null;
  readonly userId: string | null;
  readonly activationPassword: string | null;
  wrongActivationPasswords: number;
  /** Thumbprint of the key that the app set it up with. */
  key: string | null;
  endedAtMs: number;
  cause: string | null;
}

export interface User {
  readonly loginId: string;
  name: string;
  role: Role;
  contractId: string;
  confirmationPassword: string | null;
  wrongConfirmations: number;
  /** On its way or in use. */
  present: Holding | null;
  /** Was in use and ended, oldest first. */
  readonly past: Holding[];
  /** Name of the hardware token that they last failed to register. */
  tried: string | null;
  removed: boolean;
}

export interface Contract {
  readonly contractId: string;
  /** When its start date begins; null: from the beginning. */
  readonly startsAtMs: number | null;
}

/** One institution with all that belongs to it. */
export interface World {
  nowMs: number;
  readonly institution: Institution;
  readonly contracts: Record<string, Contract>;
  readonly users: Record<string, User>;
  readonly tokens: Record<string, Token>;
}

/** What a call answers; of problem details only the status counts. */
export interface Expected {
  readonly status: number;
  readonly body: unknown;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Japan has one time zone and no summer time. */
const japanMs = 9 * 60 * minuteMs;

export const problem = (status: number): Expected => ({ status, body: null });
const answer = (body: unknown): Expected => ({ status: 200, body });
const text = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

// --- What a user has ---

export function userOf(world: World, loginId: string): User | null {
  const user = world.users[loginId];
  return user === undefined || user.removed ? null : user;
}

function tokenOf(world: World, holding: Holding | null): Token | null {
  return holding?.token == null ? null : (world.tokens[holding.token] ?? null);
}

/** The user's issue or order that is neither lapsed nor activated. */
function openIssue(world: World, user: User): Holding | null {
  const { present } = user;
  if (present === null || present.stage === 'active') return null;
  return present.lapsesAtMs !== null && world.nowMs >= present.lapsesAtMs ? null : present;
}

function inUse(user: User): Holding | null {
  return user.present?.stage === 'active' ? user.present : null;
}

const lastPast = (user: User): Holding | null => user.past.at(-1) ?? null;

/** What ended before whatever comes next; nothing stands behind a token in use. */
const endedBefore = (user: User): Holding | null => (inUse(user) === null ? lastPast(user) : null);

const isExpired = (world: World, token: Token): boolean =>
  token.expiresAtMs !== null && world.nowMs >= token.expiresAtMs;

interface Status {
  readonly status: 'unregistered' | 'issued' | 'active' | 'locked' | 'expired' | 'revoked' | 'deactivated';
  readonly reason: 'mustBeReissued' | null;
}

export function statusOf(world: World, user: User): Status {
  const token = tokenOf(world, inUse(user));
  if (token !== null) {
    if (isExpired(world, token)) return { status: 'expired', reason: null };
    if (token.condition === 'disabled') return { status: 'locked', reason: 'mustBeReissued' };
    return { status: token.condition === 'locked' ? 'locked' : 'active', reason: null };
  }
  if (openIssue(world, user) !== null) return { status: 'issued', reason: null };
  const ended = lastPast(user)?.stage;
  return { status: ended === 'revoked' || ended === 'deactivated' ? ended : 'unregistered', reason: null };
}

function attemptsLeft(world: World, token: Token): number {
  if (token.condition === 'locked' || token.condition === 'disabled') return 0;
  const { afterFailures, disableAfterFailures } = world.institution.lockout;
  return Math.min(afterFailures - token.failures, disableAfterFailures - token.failuresSinceAccepted);
}

function attemptsShown(world: World, user: User): number | null {
  const token = tokenOf(world, inUse(user));
  const { status } = statusOf(world, user);
  return token !== null && (status === 'active' || status === 'locked') ? attemptsLeft(world, token) : null;
}

export function userView(world: World, user: User): unknown {
  const { loginId, name, role, contractId } = user;
  const open = openIssue(world, user);
  const held = inUse(user) ?? open;
  const token = tokenOf(world, held);
  return {
    loginId,
    name,
    role,
    contractId,
    otp: {
      ...statusOf(world, user),
      kind: held?.kind ?? null,
      serial: token?.serial ?? null,
      expiresAt: text(open === null ? (token?.expiresAtMs ?? null) : open.lapsesAtMs),
      reissuableAt: text(reissuableAtMs(world, user)),
      remainingAttempts: attemptsShown(world, user),
    },
  };
}

// --- Kinds, start date, gates ---

function startsLaterMs(world: World, user: User): number | null {
  const startsAtMs = world.contracts[user.contractId]?.startsAtMs ?? null;
  return startsAtMs !== null && world.nowMs < startsAtMs ? startsAtMs : null;
}

function mayFollow({ institution }: World, before: TokenKind | null, wanted: TokenKind): boolean {
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

function issueGateMs(world: World, user: User): number | null {
  const ended = endedBefore(user);
  if (ended?.stage !== 'revoked' || world.institution.reissue.gates !== 'issue') return null;
  return ahead(world, afterRevocationMs(world, ended.endedAtMs));
}

/** @param issued whether the user went through a step of issue, where the gate may have stood already */
function activationGateMs(world: World, user: User, kind: TokenKind, issued: boolean): number | null {
  const ended = endedBefore(user);
  if (ended === null) return null;
  if (ended.stage === 'revoked') {
    if (issued && world.institution.reissue.gates === 'issue') return null;
    return ahead(world, afterRevocationMs(world, ended.endedAtMs));
  }
  return ended.kind === kind ? null : ahead(world, afterKindChangeMs(world, ended.endedAtMs));
}

function reissuableAtMs(world: World, user: User): number | null {
  const ended = endedBefore(user);
  if (ended === null) return null;
  if (ended.stage === 'revoked') return ahead(world, afterRevocationMs(world, ended.endedAtMs));
  const other = ended.kind === 'software' ? 'hardware' : 'software';
  return mayFollow(world, ended.kind, other) ? ahead(world, afterKindChangeMs(world, ended.endedAtMs)) : null;
}

function refused(world: World, user: User, reason: string): Expected {
  const gate = reason === 'reissueTooEarly' ? reissuableAtMs(world, user) : null;
  return answer({ outcome: 'refused', reason, ...(gate === null ? {} : { reissuableAt: text(gate) }) });
}

// --- Codes ---

/** Digits as typed: full-width ones, spaces and hyphens; null where something else is among them. */
function digitsOf(typed: string): string | null {
  const plain = Array.from(typed, (letter) => {
    const code = letter.codePointAt(0) ?? 0;
    return code >= 0xff10 && code <= 0xff19 ? String(code - 0xff10) : letter;
  }).join('');
  const digits = plain.replaceAll(/[ \u3000-]/g, '');
  return /^[0-9]{6,8}$/.test(digits) ? digits : null;
}

export function codeAt(token: Token, step: number): string {
  const { seed, parameters } = token;
  return seed === null || step < 0
    ? '0'.repeat(parameters.digits)
    : independentCode(seed, parameters, step * parameters.periodSeconds * 1000);
}

const serverStep = (world: World, token: Token): number =>
  Math.floor(world.nowMs / 1000 / token.parameters.periodSeconds);

function* near(centre: number, past: number, future: number): Generator<number> {
  yield centre;
  for (let away = 1; away <= Math.max(past, future); away++) {
    if (away <= past) yield centre - away;
    if (away <= future) yield centre + away;
  }
}

function find(token: Token, code: string, centre: number, past: number, future: number): number | null {
  if (token.seed === null) return null;
  for (const step of near(centre, past, future)) if (codeAt(token, step) === code) return step;
  return null;
}

/** What a code is worth once its steps are known, with the counts moved. `lowest` is the first of two in a row. */
function spend(world: World, token: Token, lowest: number | null, highest: number | null) {
  if (lowest === null || highest === null) {
    const { afterFailures, disableAfterFailures } = world.institution.lockout;
    token.failures++;
    token.failuresSinceAccepted++;
    if (token.failuresSinceAccepted >= disableAfterFailures) token.condition = 'disabled';
    else if (token.failures >= afterFailures) token.condition = 'locked';
    return 'wrong';
  }
  if (lowest <= token.lastStep) return 'replayed';
  token.lastStep = highest;
  token.failures = 0;
  token.failuresSinceAccepted = 0;
  token.condition = 'active';
  return 'accepted';
}

/** A code of a token that somebody uses: in the window around its clock, which an accepted code at the edge moves. */
function check(world: World, token: Token, code: string): 'wrong' | 'replayed' | 'accepted' {
  const { past, future } = world.institution.otp.acceptedSteps;
  const centre = serverStep(world, token) + token.driftSteps;
  const step = find(token, code, centre, past, future);
  const worth = spend(world, token, step, step);
  if (worth === 'accepted' && step !== null && token.kind === 'hardware') {
    const away = step - centre;
    const atEdge = away !== 0 && (away === future || away === -past);
    const moved = token.driftSteps + Math.sign(away);
    const allowed = Math.max(world.institution.drift.limitSteps, Math.abs(token.driftSteps) - 1);
    if (atEdge && Math.abs(moved) <= allowed) token.driftSteps = moved;
  }
  return worth;
}

const rejected = (world: World, token: Token, reason: string): Expected =>
  answer({ outcome: 'rejected', reason, remainingAttempts: attemptsLeft(world, token) });

/** Why no code of a token is looked at. */
function barred(world: World, token: Token): 'tokenExpired' | 'mustBeReissued' | 'locked' | null {
  if (isExpired(world, token)) return 'tokenExpired';
  if (token.condition === 'disabled') return 'mustBeReissued';
  return token.condition === 'locked' ? 'locked' : null;
}

// --- Confirmation passwords ---

const confirmationAttempts = 10;

function misplacedConfirmation(user: User, sent: string | undefined): Expected | null {
  if (user.confirmationPassword === null) return sent === undefined ? null : problem(422);
  return sent === undefined ? problem(400) : null;
}

function confirm(user: User, sent: string | undefined): string | null {
  if (user.confirmationPassword === null) return null;
  if (user.wrongConfirmations >= confirmationAttempts) return 'confirmationPasswordLocked';
  const right = sent === user.confirmationPassword;
  user.wrongConfirmations = right ? 0 : user.wrongConfirmations + 1;
  return right ? null : 'confirmationPasswordWrong';
}

// --- The end of a holding ---

function wipe(token: Token | null): void {
  if (token?.kind === 'software') token.condition = 'void';
}

/** An open issue ends without a trace, whatever its stage and whether it lapsed. */
function dropIssue(world: World, user: User): void {
  wipe(tokenOf(world, user.present));
  user.present = null;
}

function end(world: World, user: User, stage: 'revoked' | 'deactivated', cause: string | null): void {
  const held = inUse(user);
  if (held === null) return;
  wipe(tokenOf(world, held));
  user.past.push({ ...held, stage, cause, endedAtMs: world.nowMs });
  user.present = null;
}

/** Who uses a token or set it up. */
function holdersOf(world: World, token: Token): User[] {
  return Object.values(world.users)
    .filter((user) => !user.removed && user.present?.token === token.name)
    .sort((a, b) => (a.loginId < b.loginId ? -1 : 1));
}

// --- Directory ---

export function putUser(
  world: World,
  loginId: string,
  body: { contractId: string; name: string; role: Role; confirmationPassword?: string },
): Expected {
  const { contractId, name, role, confirmationPassword } = body;
  const known = world.users[loginId];
  const user = known ?? {
    loginId,
    name,
    role,
    contractId,
    confirmationPassword: null,
    wrongConfirmations: 0,
    present: null,
    past: [],
    tried: null,
    removed: false,
  };
  const holds = !user.removed && (inUse(user) ?? openIssue(world, user)) !== null;
  if (holds && user.contractId !== contractId) return problem(409);
  world.users[loginId] = user;
  Object.assign(user, { name, role, contractId, removed: false });
  if (confirmationPassword !== undefined) Object.assign(user, { confirmationPassword, wrongConfirmations: 0 });
  return answer(userView(world, user));
}

export function deleteUser(world: World, loginId: string): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  if (inUse(user) !== null) end(world, user, 'revoked', 'userRemoved');
  else dropIssue(world, user);
  const left = userView(world, user);
  Object.assign(user, { removed: true, confirmationPassword: null, wrongConfirmations: 0 });
  return answer(left);
}

export function getUser(world: World, loginId: string): Expected {
  const user = userOf(world, loginId);
  return user === null ? problem(404) : answer(userView(world, user));
}

export function listUsers(world: World, contractId: string): Expected {
  const items = Object.values(world.users)
    .filter((user) => !user.removed && user.contractId === contractId)
    .sort((a, b) => (a.loginId < b.loginId ? -1 : 1))
    .map((user) => userView(world, user));
  return answer({ items, nextCursor: null });
}

// --- Issue ---

function issueRefusal(world: World, user: User, kind: TokenKind): string | null {
  if (!world.institution.kinds.includes(kind)) return 'kindNotOffered';
  if (startsLaterMs(world, user) !== null) return 'beforeStartDate';
  if (inUse(user) !== null) return 'tokenAlreadyActive';
  if (!mayFollow(world, lastPast(user)?.kind ?? null, kind)) return 'kindChangeNotAllowed';
  return issueGateMs(world, user) === null ? null : 'reissueTooEarly';
}

/** @param given the User ID and the page that the verifier made up, to be known from now on */
export function issueSoftware(
  world: World,
  loginId: string,
  body: { activationPassword: string; confirmationPassword?: string },
  given: { userId: string; activationUrl: string },
): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const misplaced = misplacedConfirmation(user, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const refusal = issueRefusal(world, user, 'software');
  if (refusal !== null) return refused(world, user, refusal);
  if (/^(0000|1234)$/.test(body.activationPassword)) return refused(world, user, 'activationPasswordWeak');
  const wrong = confirm(user, body.confirmationPassword);
  if (wrong !== null) return refused(world, user, wrong);

  const { serviceId, otp, software } = world.institution;
  dropIssue(world, user);
  const name = `software ${given.userId}`;
  world.tokens[name] = newToken({ name, kind: 'software', serial: null, parameters: otp, condition: 'active' });
  const lapsesAtMs = world.nowMs + software.activationMinutes * minuteMs;
  user.present = newHolding('software', 'issued', name, {
    lapsesAtMs,
    userId: given.userId,
    activationPassword: body.activationPassword,
  });
  return answer({ outcome: 'issued', serviceId, ...given, expiresAt: text(lapsesAtMs), mail: 'sent' });
}

export function newToken(
  facts: Pick<Token, 'name' | 'kind' | 'serial' | 'parameters' | 'condition'> & Partial<Token>,
): Token {
  return {
    seed: null,
    contractId: null,
    reported: false,
    lastStep: -1,
    driftSteps: 0,
    failures: 0,
    failuresSinceAccepted: 0,
    expiresAtMs: null,
    offsetMs: 0,
    ...facts,
  };
}

function newHolding(
  kind: TokenKind,
  stage: Holding['stage'],
  token: string | null,
  more: Partial<Holding> = {},
): Holding {
  return {
    kind,
    stage,
    token,
    lapsesAtMs: null,
    userId: null,
    activationPassword: null,
    wrongActivationPasswords: 0,
    key: null,
    endedAtMs: 0,
    cause: null,
    ...more,
  };
}

/** @param requestId the one that the verifier made up */
export function requestHardware(
  world: World,
  loginId: string,
  body: { confirmationPassword?: string },
  requestId: string,
): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const misplaced = misplacedConfirmation(user, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const { kinds, application } = world.institution;
  if (kinds.includes('hardware') && application === 'branch') {
    return refused(world, user, 'branchApplicationRequired');
  }
  const refusal = issueRefusal(world, user, 'hardware');
  if (refusal !== null) return refused(world, user, refusal);
  const wrong = confirm(user, body.confirmationPassword);
  if (wrong !== null) return refused(world, user, wrong);
  const fee = feeOf(world, user);
  dropIssue(world, user);
  user.present = newHolding('hardware', 'requested', null);
  return answer({ outcome: 'requested', requestId, fee });
}

function feeOf(world: World, user: User): { kind: string; amountYen: number } {
  const { first, additional, lost, expiry } = world.institution.hardware.feesYen;
  const ended = lastPast(user);
  if (ended?.kind === 'hardware') {
    if (ended.cause === 'expired') return { kind: expiry === 0 ? 'free' : 'reissue', amountYen: expiry };
    if (['lost', 'stolen', 'broken', 'compromised', 'suspected'].includes(ended.cause ?? '')) {
      return { kind: 'reissue', amountYen: lost };
    }
  }
  const mates = Object.values(world.users).filter((mate) => mate.contractId === user.contractId && mate !== user);
  const ordered = mates.some((mate) => mate.present?.kind === 'hardware' && mate.present.stage !== 'active');
  const shipped = Object.values(world.tokens).some((token) => token.contractId === user.contractId);
  if (ordered || shipped) return { kind: 'additional', amountYen: additional };
  return { kind: first === 0 ? 'free' : 'additional', amountYen: first };
}

export function cancelIssue(world: World, loginId: string): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  if (openIssue(world, user) === null) return refused(world, user, 'nothingToCancel');
  dropIssue(world, user);
  return answer({ outcome: 'cancelled' });
}

/** A token of the stock goes to a contract, and fulfils the order of one of its users. */
export function ship(token: Token, contractId: string, orderOf: User | null): void {
  token.contractId = contractId;
  if (orderOf?.present != null) orderOf.present.stage = 'issued';
}

export function provision(
  world: World,
  body: { userId: string; activationPassword: string; key: string },
): 'provisioned' | 'refused' {
  const user = Object.values(world.users).find(({ present }) => present?.userId === body.userId);
  const open = user === undefined ? null : openIssue(world, user);
  if (user === undefined || open === null) return 'refused';
  if (body.activationPassword !== open.activationPassword) {
    open.wrongActivationPasswords++;
    if (open.wrongActivationPasswords >= 5) dropIssue(world, user);
    return 'refused';
  }
  if (open.key !== null && open.key !== body.key) return 'refused';
  open.key = body.key;
  open.stage = 'provisioned';
  return 'provisioned';
}

// --- Activation ---

export function activate(world: World, loginId: string, body: { otp: string; serial?: string }): Expected {
  const code = digitsOf(body.otp);
  if (code === null) return problem(400);
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  return body.serial === undefined
    ? activateSoftware(world, user, code)
    : activateHardware(world, user, code, body.serial);
}

function accepted(token: Token): Expected {
  const { kind, serial, expiresAtMs } = token;
  return answer({ outcome: 'accepted', token: { kind, serial, expiresAt: text(expiresAtMs) } });
}

function activateSoftware(world: World, user: User, code: string): Expected {
  const { present } = user;
  if (startsLaterMs(world, user) !== null) return refused(world, user, 'beforeStartDate');
  if (inUse(user) !== null) return refused(world, user, 'tokenAlreadyActive');
  if (present === null) return refused(world, user, 'nothingToActivate');
  if (present.kind === 'hardware') return refused(world, user, 'serialUnknown');
  if (openIssue(world, user) === null) return refused(world, user, 'issueExpired');
  const token = tokenOf(world, present);
  if (present.stage !== 'provisioned' || token === null) return refused(world, user, 'setUpNotDone');
  const bar = barred(world, token);
  if (bar !== null) return refused(world, user, bar);
  if (activationGateMs(world, user, 'software', true) !== null) return refused(world, user, 'reissueTooEarly');
  const worth = check(world, token, code);
  if (worth !== 'accepted') return rejected(world, token, worth);
  user.present = { ...present, stage: 'active', lapsesAtMs: null };
  return accepted(token);
}

function registrationRefusal(world: World, user: User, token: Token | null): string | null {
  const { hardware, kinds } = world.institution;
  if (startsLaterMs(world, user) !== null) return 'beforeStartDate';
  if (inUse(user) !== null) return 'tokenAlreadyActive';
  if (!kinds.includes('hardware')) return 'kindNotOffered';
  if (!mayFollow(world, lastPast(user)?.kind ?? null, 'hardware')) return 'kindChangeNotAllowed';
  const ordered = openIssue(world, user)?.kind === 'hardware';
  if (activationGateMs(world, user, 'hardware', ordered) !== null) return 'reissueTooEarly';
  if (token === null || token.contractId === null) return 'serialUnknown';
  if (token.contractId !== user.contractId) return 'serialOfAnotherContract';
  if (token.reported) return 'serialNotReusable';
  const bar = barred(world, token);
  if (bar !== null && bar !== 'locked') return bar;
  const ends = Object.values(world.users).flatMap((other) =>
    other.past.filter((past) => past.token === token.name).map(({ stage }) => ({ stage, other })),
  );
  const users = holdersOf(world, token);
  if (!hardware.reusableAfterDeactivation && ends.some(({ stage }) => stage === 'deactivated')) {
    return 'serialNotReusable';
  }
  const revoked = ends.filter(({ stage }) => stage === 'revoked');
  const takenAway = revoked.some(({ other }) => other === user) || (revoked.length > 0 && users.length === 0);
  if (!hardware.reusableAfterRevocation && takenAway) return 'serialNotReusable';
  if (!hardware.sharing && users.length > 0) return 'sharingNotAllowed';
  return bar;
}

function activateHardware(world: World, user: User, code: string, serial: string): Expected {
  const token = Object.values(world.tokens).find((candidate) => candidate.serial === serial) ?? null;
  const refusal = registrationRefusal(world, user, token);
  if (refusal === 'locked' && token !== null) user.tried = token.name;
  if (refusal !== null || token === null) return refused(world, user, refusal ?? '');

  let worth: ReturnType<typeof check>;
  if (token.lastStep < 0) {
    const { activationSteps } = world.institution.drift;
    const server = serverStep(world, token);
    const step = find(token, code, server, activationSteps, activationSteps);
    worth = spend(world, token, step, step);
    if (step !== null) token.driftSteps = step - server;
  } else {
    worth = check(world, token, code);
  }
  if (worth === 'wrong') user.tried = token.name;
  if (worth !== 'accepted') return rejected(world, token, worth);
  dropIssue(world, user);
  user.present = newHolding('hardware', 'active', token.name);
  user.tried = null;
  return accepted(token);
}

// --- Use ---

function blockedBy(world: World, status: Status['status']): string {
  const { blocks } = world.institution;
  switch (status) {
    case 'active':
      return 'none';
    case 'unregistered':
      return blocks.unregistered;
    case 'issued':
      return blocks.issued ?? blocks.unregistered;
    default:
      return blocks[status] ?? blocks.locked;
  }
}

/** Whether an operation needs an OTP, needs none or is blocked, and the reason. */
function need(world: World, user: User, operation: Operation): { otp: string; reason: string | null } {
  if (startsLaterMs(world, user) !== null) return { otp: 'notRequired', reason: 'beforeStartDate' };
  const needs = world.institution.operations.includes(operation);
  const { status, reason } = statusOf(world, user);
  if (status === 'active') {
    return needs ? { otp: 'required', reason: null } : { otp: 'notRequired', reason: 'operationWithoutOtp' };
  }
  const level = blockedBy(world, status);
  if (level === 'login' || level === 'setUpAtLogin' || (level === 'operations' && needs)) {
    return { otp: 'blocked', reason: reason ?? status };
  }
  return { otp: 'notRequired', reason: needs ? status : 'operationWithoutOtp' };
}

/** The screen that leads to a working token, and the gate in front of it. */
function wayOn(world: World, user: User): { next: string; fromMs: number | null } {
  const { status } = statusOf(world, user);
  const open = openIssue(world, user);
  if (status === 'active' || status === 'locked' || status === 'expired') return { next: 'none', fromMs: null };
  if (open !== null) {
    return { next: 'activation', fromMs: activationGateMs(world, user, open.kind, true) };
  }
  const before = lastPast(user)?.kind ?? null;
  const bySerial =
    world.institution.application === 'branch' &&
    mayFollow(world, before, 'hardware') &&
    (!mayFollow(world, before, 'software') ||
      (before === null ? hasRegistrable(world, user.contractId) : before === 'hardware'));
  return bySerial
    ? { next: 'activation', fromMs: activationGateMs(world, user, 'hardware', false) }
    : { next: 'issue', fromMs: issueGateMs(world, user) };
}

function hasRegistrable(world: World, contractId: string): boolean {
  return Object.values(world.tokens).some((token) => {
    if (token.contractId !== contractId || isExpired(world, token)) return false;
    return token.condition === 'stock' || (token.condition === 'active' && world.institution.hardware.sharing);
  });
}

export function requirement(world: World, loginId: string, operation: Operation): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const startMs = startsLaterMs(world, user);
  const { next, fromMs } = startMs === null ? wayOn(world, user) : { next: 'none', fromMs: startMs };
  return answer({ ...need(world, user, operation), next, from: text(fromMs) });
}

export function validate(world: World, body: { loginId: string; operation: Operation; otp: string }): Expected {
  const code = digitsOf(body.otp);
  if (code === null) return problem(400);
  const user = userOf(world, body.loginId);
  if (user === null) return problem(404);
  const view = (outcome: string, reason: string | null) =>
    answer({ outcome, reason, remainingAttempts: attemptsShown(world, user), status: statusOf(world, user).status });
  const { otp, reason } = need(world, user, body.operation);
  const token = tokenOf(world, inUse(user));
  if (otp !== 'required' || token === null) return view('blocked', otp === 'blocked' ? reason : 'notRequired');
  const worth = check(world, token, code);
  return worth === 'accepted' ? view('accepted', null) : view('rejected', worth);
}

export function resynchronise(world: World, loginId: string, otps: readonly [string, string]): Expected {
  const [first, second] = otps.map(digitsOf);
  if (first == null || second == null) return problem(400);
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const token = tokenOf(world, inUse(user));
  if (token?.kind !== 'hardware') return refused(world, user, 'nothingToResynchronise');
  const bar = barred(world, token);
  if (bar !== null) return refused(world, user, bar);
  const { resynchronisationSteps: reach } = world.institution.drift;
  const server = serverStep(world, token);
  let found: number | null = null;
  for (const step of near(server, reach, reach - 1)) {
    if (found === null && codeAt(token, step) === first && codeAt(token, step + 1) === second) found = step;
  }
  const worth = spend(world, token, found, found === null ? null : found + 1);
  if (worth !== 'accepted' || found === null) return rejected(world, token, worth);
  token.driftSteps = found + 1 - server;
  return answer({ outcome: 'accepted', driftSteps: token.driftSteps });
}

export function deactivate(
  world: World,
  loginId: string,
  body: { confirmationPassword?: string; otp?: string },
): Expected {
  const code = body.otp === undefined ? undefined : digitsOf(body.otp);
  if (code === null) return problem(400);
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const misplaced = misplacedConfirmation(user, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const { offered, actorOtp } = world.institution.deactivation;
  if (!offered) return refused(world, user, 'deactivationNotOffered');
  const token = tokenOf(world, inUse(user));
  if (token === null) return refused(world, user, 'nothingToDeactivate');
  const bar = barred(world, token);
  if (bar !== null) return refused(world, user, bar);
  if (actorOtp && code === undefined) return problem(400);
  if (!actorOtp && code !== undefined) return problem(422);
  const wrong = confirm(user, body.confirmationPassword);
  if (wrong !== null) return refused(world, user, wrong);
  if (code !== undefined) {
    const worth = check(world, token, code);
    if (worth !== 'accepted') return rejected(world, token, worth);
  }
  end(world, user, 'deactivated', null);
  return answer({ outcome: 'accepted', reissuableAt: text(reissuableAtMs(world, user)) });
}

// --- Administration ---

type Actor = User | 'branch';

/** The token whose lockout holds a user up. */
function lockable(world: World, user: User): Token | null {
  const { present } = user;
  if (present?.stage === 'active' || present?.stage === 'provisioned') return tokenOf(world, present);
  return user.tried === null ? null : (world.tokens[user.tried] ?? null);
}

function unlockRefusal(world: World, actor: Actor, user: User, token: Token | null): string | null {
  if (actor !== 'branch') {
    if (actor.contractId !== user.contractId) return 'userUnknown';
    if (actor === user) return 'ownToken';
    const sharers = token === null ? [] : holdersOf(world, token).filter(({ present }) => present?.stage !== 'issued');
    if (token !== null && (sharers.includes(actor) || actor.tried === token.name)) return 'sharedToken';
    const roles = new Set([user, ...sharers].map(({ role }) => role));
    const { unlock } = world.institution;
    if ([...roles].some((role) => !unlock[role].includes(actor.role))) return 'roleNotAllowed';
    if (roles.size > 1 && roles.has('master') && !unlock.sharedWithMaster.includes(actor.role)) return 'roleNotAllowed';
  }
  // Nor is somebody who moved to another contract held up by what they tried to register under the old one.
  if (token === null || (token.contractId !== null && token.contractId !== user.contractId)) return 'notLocked';
  if (isExpired(world, token) && token.condition !== 'void') return 'tokenExpired';
  if (token.condition === 'disabled') return 'mustBeReissued';
  return token.condition === 'locked' ? null : 'notLocked';
}

function unlockAll(world: World, actor: Actor, loginIds: readonly string[]): Expected {
  const chosen = loginIds.map((loginId) => {
    const user = userOf(world, loginId);
    const token = user === null ? null : lockable(world, user);
    return { loginId, user, token, reason: user === null ? 'userUnknown' : unlockRefusal(world, actor, user, token) };
  });
  const done = chosen.every(({ reason }) => reason === null);
  for (const { token } of done ? chosen : []) {
    if (token === null) continue;
    // Only the wrong codes in a row: those towards the hard stop stay.
    token.failures = 0;
    token.condition = token.kind === 'hardware' && token.lastStep < 0 ? 'stock' : 'active';
    for (const user of Object.values(world.users)) if (user.tried === token.name) user.tried = null;
  }
  const results = chosen.map(({ loginId, user, token, reason }) => {
    const known = user !== null && reason !== 'userUnknown';
    return {
      loginId,
      name: known ? user.name : null,
      role: known ? user.role : null,
      serial: known ? (token?.serial ?? null) : null,
      outcome: reason !== null ? 'refused' : done ? 'unlocked' : 'unchanged',
      reason,
      status: known ? statusOf(world, user).status : null,
    };
  });
  return answer({ outcome: done ? 'done' : 'refused', reason: null, results });
}

export function unlock(
  world: World,
  body: { actor: string; confirmationPassword?: string; loginIds: readonly string[] },
): Expected {
  const actor = userOf(world, body.actor);
  if (actor === null) return problem(404);
  const misplaced = misplacedConfirmation(actor, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const wrong = confirm(actor, body.confirmationPassword);
  if (wrong !== null) return answer({ outcome: 'refused', reason: wrong, results: [] });
  return unlockAll(world, actor, body.loginIds);
}

export const branchUnlock = (world: World, loginIds: readonly string[]): Expected =>
  unlockAll(world, 'branch', loginIds);

function revokeRefusal(world: World, actor: Actor, user: User, cause: string, otpWorks: boolean): string | null {
  const { revoke } = world.institution;
  const held = inUse(user);
  if (actor !== 'branch') {
    if (actor.contractId !== user.contractId) return 'userUnknown';
    if (actor === user) {
      if (!revoke[user.role].includes('self')) return 'ownToken';
      if (!otpWorks) return held === null ? 'nothingToRevoke' : 'otpNotWorking';
    } else if (!revoke[user.role].includes(actor.role)) {
      return 'roleNotAllowed';
    }
    // What a master shares with somebody else and is gone or broken is the branch's.
    const token = tokenOf(world, held);
    const roles = new Set(token === null ? [] : [user, ...holdersOf(world, token)].map(({ role }) => role));
    const gone = ['lost', 'stolen', 'broken'].includes(cause);
    if (gone && roles.size > 1 && roles.has('master') && !revoke.sharedWithMaster.includes(actor.role)) {
      return 'roleNotAllowed';
    }
  }
  return held === null ? 'nothingToRevoke' : null;
}

interface Chosen {
  readonly loginId: string;
  readonly user: User | null;
  readonly reason: string | null;
}

function chooseForRevocation(
  world: World,
  actor: Actor,
  loginIds: readonly string[],
  cause: string,
  otpWorks: boolean,
): Chosen[] {
  return loginIds.map((loginId) => {
    const user = userOf(world, loginId);
    return {
      loginId,
      user,
      reason: user === null ? 'userUnknown' : revokeRefusal(world, actor, user, cause, otpWorks),
    };
  });
}

function revokeAll(world: World, chosen: readonly Chosen[], cause: string): object {
  const done = chosen.every(({ reason }) => reason === null);
  const results = chosen.map(({ loginId, user, reason }) => {
    const token = user === null ? null : tokenOf(world, inUse(user));
    const outcome = reason !== null ? 'refused' : done ? 'revoked' : 'unchanged';
    if (outcome === 'revoked' && user !== null && token !== null) {
      end(world, user, 'revoked', cause === 'other' && isExpired(world, token) ? 'expired' : cause);
    }
    return revocationResult(world, { loginId, user: reason === 'userUnknown' ? null : user, token, outcome, reason });
  });
  return { outcome: done ? 'done' : 'refused', results };
}

function revocationResult(
  world: World,
  facts: { loginId: string; user: User | null; token: Token | null; outcome: string; reason: string | null },
): object {
  const { loginId, user, token, outcome, reason } = facts;
  return {
    loginId,
    name: user?.name ?? null,
    role: user?.role ?? null,
    serial: user === null ? null : (token?.serial ?? null),
    expiresAt: user === null ? null : text(token?.expiresAtMs ?? null),
    outcome,
    reason,
    status: user === null ? null : statusOf(world, user).status,
    reissuableAt: user === null ? null : text(reissuableAtMs(world, user)),
  };
}

export function revoke(
  world: World,
  body: { actor: string; confirmationPassword?: string; otp?: string; loginIds: readonly string[]; cause: string },
): Expected {
  const code = body.otp === undefined ? undefined : digitsOf(body.otp);
  if (code === null) return problem(400);
  const actor = userOf(world, body.actor);
  if (actor === null) return problem(404);
  const misplaced = misplacedConfirmation(actor, body.confirmationPassword);
  if (misplaced !== null) return misplaced;
  const { status } = statusOf(world, actor);
  const works = status === 'active';
  const broken = status === 'locked' || status === 'expired';
  const { actorOtp } = world.institution.revoke;
  if (actorOtp && works && code === undefined) return problem(400);
  if (!(actorOtp && (works || broken)) && code !== undefined) return problem(422);
  const refuse = (reason: string, remainingAttempts: number | null = null) =>
    answer({ outcome: 'refused', reason, remainingAttempts, results: [] });
  const wrong = confirm(actor, body.confirmationPassword);
  if (wrong !== null) return refuse(wrong);
  if (actorOtp && broken) return refuse('otpNotWorking');
  const chosen = chooseForRevocation(world, actor, body.loginIds, body.cause, works);
  const token = tokenOf(world, inUse(actor));
  if (code !== undefined && token !== null && chosen.every(({ reason }) => reason === null)) {
    const worth = check(world, token, code);
    if (worth !== 'accepted') return refuse(worth === 'wrong' ? 'otpWrong' : 'otpReplayed', attemptsLeft(world, token));
  }
  return answer({ ...revokeAll(world, chosen, body.cause), reason: null, remainingAttempts: null });
}

export function branchRevoke(world: World, loginIds: readonly string[], cause: string): Expected {
  const chosen = chooseForRevocation(world, 'branch', loginIds, cause, false);
  return answer({ ...revokeAll(world, chosen, cause), reason: null, remainingAttempts: null });
}

/** Misuse of the user's present token, else of the last one they had: it ends for everybody. */
export function reportCompromise(world: World, loginId: string, suspected: boolean): Expected {
  const user = userOf(world, loginId);
  if (user === null) return problem(404);
  const present = inUse(user) ?? openIssue(world, user);
  const token = tokenOf(world, present?.token == null ? lastPast(user) : present);
  if (token === null) return answer({ outcome: 'refused', reason: 'nothingToReport', results: [] });
  const results = holdersOf(world, token).map((holder) => {
    if (inUse(holder) === null) dropIssue(world, holder);
    else end(world, holder, 'revoked', suspected ? 'suspected' : 'compromised');
    return revocationResult(world, {
      loginId: holder.loginId,
      user: holder,
      token,
      outcome: 'revoked',
      reason: null,
    });
  });
  if (token.kind === 'hardware') {
    token.condition = 'disabled';
    token.reported = true;
  }
  return answer({ outcome: 'done', reason: null, results });
}
