import type * as z from 'zod';
import {
  activateAnswerSchema,
  activateSchema,
  auditListSchema,
  auditQuerySchema,
  branchRevokeSchema,
  branchUnlockSchema,
  cancelIssueAnswerSchema,
  contractSchema,
  deactivateAnswerSchema,
  deactivateSchema,
  importHardwareAnswerSchema,
  importHardwareSchema,
  issueSoftwareAnswerSchema,
  issueSoftwareSchema,
  putContractSchema,
  putUserSchema,
  reportCompromiseAnswerSchema,
  reportCompromiseSchema,
  requestHardwareAnswerSchema,
  requestHardwareSchema,
  requestListQuerySchema,
  requestListSchema,
  requirementQuerySchema,
  requirementSchema,
  resynchroniseAnswerSchema,
  resynchroniseSchema,
  revokeAnswerSchema,
  revokeSchema,
  shipHardwareAnswerSchema,
  shipHardwareSchema,
  stockListQuerySchema,
  stockListSchema,
  unlockAnswerSchema,
  unlockHardwareAnswerSchema,
  unlockHardwareSchema,
  unlockSchema,
  updateHardwareAnswerSchema,
  updateHardwareSchema,
  userListQuerySchema,
  userListSchema,
  userSchema,
  validateAnswerSchema,
  validateSchema,
} from './wire.ts';

/** One operation of the interface: where it is asked for, what it takes besides the path's IDs, what it answers. */
export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';
  /** With the IDs in braces, as in the OpenAPI document. */
  readonly path: `/v1/${string}`;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
}

/**
 * Every operation that a bank, a branch or an auditor asks for with an API key, by its `operationId` in the OpenAPI
 * document. A test holds the two together.
 */
export const verifierCalls = {
  // --- Directory ---

  /** Makes a contract or replaces what is known of it. */
  putContract: { method: 'PUT', path: '/v1/contracts/{contractId}', body: putContractSchema, answer: contractSchema },
  /** Makes a user or replaces what is known of them; their token stays. */
  putUser: { method: 'PUT', path: '/v1/users/{loginId}', body: putUserSchema, answer: userSchema },
  /** The user with the status of their OTP. A `VerifierProblem` with `notFound` where there is none. */
  getUser: { method: 'GET', path: '/v1/users/{loginId}', answer: userSchema },
  /** One page of users in the order of login IDs; the next one by `cursor`. */
  listUsers: { method: 'GET', path: '/v1/users', query: userListQuerySchema, answer: userListSchema },
  /** Removes a user and ends their token's assignment; the log keeps what happened. */
  deleteUser: { method: 'DELETE', path: '/v1/users/{loginId}', answer: userSchema },

  // --- Issue and activation ---

  /** ワンタイムパスワードトークン発行: orders a software token and mails the way to its set-up. */
  issueSoftwareToken: {
    method: 'POST',
    path: '/v1/users/{loginId}/software-token',
    body: issueSoftwareSchema,
    answer: issueSoftwareAnswerSchema,
  },
  /** Orders a hardware token, where the institution's users do that themselves. */
  requestHardwareToken: {
    method: 'POST',
    path: '/v1/users/{loginId}/hardware-token',
    body: requestHardwareSchema,
    answer: requestHardwareAnswerSchema,
  },
  /** 申込を中止する: calls the open issue or order off. */
  cancelIssue: { method: 'DELETE', path: '/v1/users/{loginId}/issue', answer: cancelIssueAnswerSchema },
  /** 認証確認・利用開始登録: the first OTP of a token; with `serial` of a hardware token. */
  activate: {
    method: 'POST',
    path: '/v1/users/{loginId}/activation',
    body: activateSchema,
    answer: activateAnswerSchema,
  },
  /** 利用解除: the user ends the use of their own token. */
  deactivate: {
    method: 'POST',
    path: '/v1/users/{loginId}/deactivation',
    body: deactivateSchema,
    answer: deactivateAnswerSchema,
  },
  /** Finds a hardware token's clock again by two OTPs in a row. */
  resynchronise: {
    method: 'POST',
    path: '/v1/users/{loginId}/resynchronisation',
    body: resynchroniseSchema,
    answer: resynchroniseAnswerSchema,
  },

  // --- Use ---

  /** What stands between a user and an operation; asked before a page is shown. Changes nothing. */
  getRequirement: {
    method: 'GET',
    path: '/v1/users/{loginId}/requirement',
    query: requirementQuerySchema,
    answer: requirementSchema,
  },
  /** Checks an OTP for an operation. Only `accepted` allows it, once. */
  validate: { method: 'POST', path: '/v1/validations', body: validateSchema, answer: validateAnswerSchema },

  // --- Administration by users ---

  /** 利用停止解除: a user lifts lockouts of others. */
  unlock: { method: 'POST', path: '/v1/unlocks', body: unlockSchema, answer: unlockAnswerSchema },
  /** 失効: a user takes tokens from others or gives up their own. */
  revoke: { method: 'POST', path: '/v1/revocations', body: revokeSchema, answer: revokeAnswerSchema },

  // --- Branch: an API key with the scope `branch` ---

  /** Lifts lockouts on a customer's application. */
  branchUnlock: {
    method: 'POST',
    path: '/v1/branch/unlocks',
    body: branchUnlockSchema,
    answer: unlockAnswerSchema,
  },
  /** Takes tokens away on a customer's application. */
  branchRevoke: {
    method: 'POST',
    path: '/v1/branch/revocations',
    body: branchRevokeSchema,
    answer: revokeAnswerSchema,
  },
  /** Misuse, known or feared: ends a token for all who share it. */
  reportCompromise: {
    method: 'POST',
    path: '/v1/branch/compromise-reports',
    body: reportCompromiseSchema,
    answer: reportCompromiseAnswerSchema,
  },
  /** Open orders of hardware tokens, oldest first. */
  listHardwareRequests: {
    method: 'GET',
    path: '/v1/branch/requests',
    query: requestListQuerySchema,
    answer: requestListSchema,
  },
  /** Brings a vendor's seed file into stock, all of it or nothing. */
  importHardwareTokens: {
    method: 'POST',
    path: '/v1/branch/hardware-tokens/import',
    body: importHardwareSchema,
    answer: importHardwareAnswerSchema,
  },
  /** The stock, and what expires. */
  listHardwareTokens: {
    method: 'GET',
    path: '/v1/branch/hardware-tokens',
    query: stockListQuerySchema,
    answer: stockListSchema,
  },
  /** Sends a token of the stock to a contract. */
  shipHardwareToken: {
    method: 'POST',
    path: '/v1/branch/hardware-tokens/{serial}/shipment',
    body: shipHardwareSchema,
    answer: shipHardwareAnswerSchema,
  },
  /** 紛失・盗難・故障等: takes a token out of use for all who share it. */
  updateHardwareToken: {
    method: 'PATCH',
    path: '/v1/branch/hardware-tokens/{serial}',
    body: updateHardwareSchema,
    answer: updateHardwareAnswerSchema,
  },
  /** Lifts a lockout by the serial, of a token that nobody uses too. */
  unlockHardwareToken: {
    method: 'POST',
    path: '/v1/branch/hardware-tokens/{serial}/unlock',
    body: unlockHardwareSchema,
    answer: unlockHardwareAnswerSchema,
  },

  // --- Audit: an API key with the scope `audit` ---

  /** One page of the log, oldest first. */
  listAudit: { method: 'GET', path: '/v1/audit', query: auditQuerySchema, answer: auditListSchema },
} as const satisfies Readonly<Record<string, Call>>;
