import type { AssignmentState, EndedAssignment, TokenState, UserState } from '../../../verifier/rules/state.ts';

/** 21 November 2026, 12:00 in Japan. */
export const noonMs = Date.parse('2026-11-21T12:00:00+09:00');

export const aToken: TokenState = {
  tokenId: 't',
  kind: 'software',
  serial: null,
  status: 'active',
  parameters: { algorithm: 'SHA256', digits: 8, periodSeconds: 60 },
  sealedSeed: new Uint8Array(),
  seedVersion: 1,
  lastStep: 100,
  driftSteps: 0,
  failures: 0,
  failuresSinceAccepted: 0,
  expiresAtMs: null,
  contractId: null,
  statusDetail: null,
};

export const aFob: TokenState = { ...aToken, kind: 'hardware', serial: '00123456', contractId: 'C-1' };

const anAssignment: AssignmentState = {
  assignmentId: 'a',
  kind: 'software',
  status: 'active',
  priorStatus: 'unregistered',
  previousAssignmentId: null,
  issuedAtMs: noonMs - 86_400_000,
  lapsesAtMs: null,
  thumbprint: null,
  requestId: null,
  endedAtMs: null,
  endCause: null,
};

const aUser: UserState = {
  loginId: 'hanako',
  name: 'hanako',
  role: 'general',
  email: null,
  contract: { contractId: 'C-1', kind: 'business', name: 'x', otpStartsOn: null },
  confirmationHash: null,
  confirmationFailures: 0,
  assignment: null,
  token: null,
  previous: null,
  triedTokenId: null,
};

/** A user whose token is in use. */
export function using(token: TokenState): UserState {
  return { ...aUser, assignment: { ...anAssignment, kind: token.kind }, token };
}

/** A user whose token ended. */
export function ended(end: EndedAssignment): UserState {
  const { status, kind, endedAtMs, cause } = end;
  const token = kind === 'hardware' ? aFob : { ...aToken, status: 'void' as const };
  return { ...aUser, assignment: { ...anAssignment, status, kind, endedAtMs, endCause: cause }, token };
}

/** A user with an open issue or order, after an earlier token where one is given. */
export function opened(
  status: 'requested' | 'issued' | 'provisioned',
  kind: TokenState['kind'],
  previous: EndedAssignment | null = null,
): UserState {
  const assignment = { ...anAssignment, status, kind, priorStatus: previous?.status ?? ('unregistered' as const) };
  return { ...aUser, assignment, token: kind === 'software' ? aToken : null, previous };
}

export const nobodys: UserState = aUser;
