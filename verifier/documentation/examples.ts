import type * as z from 'zod';
import type {
  activateAnswerSchema,
  cancelIssueAnswerSchema,
  deactivateAnswerSchema,
  issueSoftwareAnswerSchema,
  provisionAnswerSchema,
  reportCompromiseAnswerSchema,
  requestHardwareAnswerSchema,
  requirementSchema,
  resynchroniseAnswerSchema,
  revokeAnswerSchema,
  shipHardwareAnswerSchema,
  unlockAnswerSchema,
  unlockHardwareAnswerSchema,
  updateHardwareAnswerSchema,
  validateAnswerSchema,
} from '../../shared/wire.ts';

type Answers<Schema extends z.ZodType> = Readonly<Record<string, z.input<Schema>>>;

const tooEarly = {
  outcome: 'refused',
  reason: 'reissueTooEarly',
  reissuableAt: '2026-11-21T09:30:00.000Z',
} as const;
const wrong = { outcome: 'rejected', reason: 'wrong', remainingAttempts: 4 } as const;

const unlockRefused = {
  refused: {
    outcome: 'refused',
    reason: null,
    results: [
      {
        loginId: 'jiro',
        name: '山田 次郎',
        role: 'general',
        serial: '00123456',
        outcome: 'refused',
        reason: 'notLocked',
        status: 'active',
      },
    ],
  },
} satisfies Answers<typeof unlockAnswerSchema>;

const revokeRefused = {
  refused: {
    outcome: 'refused',
    reason: null,
    remainingAttempts: null,
    results: [
      {
        loginId: 'jiro',
        name: '山田 次郎',
        role: 'general',
        serial: null,
        outcome: 'refused',
        reason: 'nothingToRevoke',
        status: 'unregistered',
        expiresAt: null,
        reissuableAt: null,
      },
    ],
  },
} satisfies Answers<typeof revokeAnswerSchema>;

/**
 * Answers for the documentation by operation and outcome, beside the one that each route gives itself. What is missing
 * here is made from the schema, which knows less.
 */
export const answerExamples: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  issueSoftwareToken: { refused: tooEarly } satisfies Answers<typeof issueSoftwareAnswerSchema>,
  requestHardwareToken: {
    refused: { outcome: 'refused', reason: 'branchApplicationRequired' },
  } satisfies Answers<typeof requestHardwareAnswerSchema>,
  cancelIssue: { refused: { outcome: 'refused', reason: 'nothingToCancel' } } satisfies Answers<
    typeof cancelIssueAnswerSchema
  >,
  activate: { rejected: wrong, refused: { outcome: 'refused', reason: 'setUpNotDone' } } satisfies Answers<
    typeof activateAnswerSchema
  >,
  deactivate: {
    rejected: wrong,
    refused: { outcome: 'refused', reason: 'confirmationPasswordWrong' },
  } satisfies Answers<typeof deactivateAnswerSchema>,
  resynchronise: {
    rejected: wrong,
    refused: { outcome: 'refused', reason: 'nothingToResynchronise' },
  } satisfies Answers<typeof resynchroniseAnswerSchema>,
  getRequirement: {
    notRequired: { otp: 'notRequired', reason: 'operationWithoutOtp', next: 'none', from: null },
    blocked: { otp: 'blocked', reason: 'revoked', next: 'issue', from: '2026-11-21T09:30:00.000Z' },
  } satisfies Answers<typeof requirementSchema>,
  validate: {
    rejected: { outcome: 'rejected', reason: 'wrong', remainingAttempts: 4, status: 'active' },
    blocked: { outcome: 'blocked', reason: 'locked', remainingAttempts: 0, status: 'locked' },
  } satisfies Answers<typeof validateAnswerSchema>,
  unlock: unlockRefused,
  branchUnlock: unlockRefused,
  revoke: {
    refused: { outcome: 'refused', reason: 'otpWrong', remainingAttempts: 4, results: [] },
  } satisfies Answers<typeof revokeAnswerSchema>,
  branchRevoke: revokeRefused,
  reportCompromise: {
    refused: { outcome: 'refused', reason: 'nothingToReport', results: [] },
  } satisfies Answers<typeof reportCompromiseAnswerSchema>,
  shipHardwareToken: { refused: { outcome: 'refused', reason: 'alreadyShipped' } } satisfies Answers<
    typeof shipHardwareAnswerSchema
  >,
  updateHardwareToken: {
    refused: { outcome: 'refused', reason: 'outOfUse', serial: '00123456', status: 'retired', results: [] },
  } satisfies Answers<typeof updateHardwareAnswerSchema>,
  unlockHardwareToken: {
    refused: { outcome: 'refused', reason: 'notLocked', serial: '00123456', status: 'inStock' },
  } satisfies Answers<typeof unlockHardwareAnswerSchema>,
  provision: {
    provisioned: {
      outcome: 'provisioned',
      token: 'eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSIsImVwayI6e319..bm9uY2U.Y2lwaGVydGV4dA.dGFn',
    },
  } satisfies Answers<typeof provisionAnswerSchema>,
};
