/**
 * A verifier without a database: what every call answers and leaves behind, over plain objects. Written from the
 * agreement on the interface and the rules of the manuals; it shares nothing with the verifier's own rules.
 */
export { activate } from './activation.ts';
export { codeAt } from './codes.ts';
export { deleteUser, getUser, listUsers, putUser } from './directory.ts';
export { cancelIssue, issueSoftware, provision, requestHardware } from './issue.ts';
export { branchRevoke, reportCompromise, revoke } from './revocation.ts';
export { listRequests, listStock, type Shipping, type StockQuery, ship, takeOutOfUse, unlockSerial } from './stock.ts';
export { branchUnlock, unlock } from './unlocking.ts';
export { deactivate, requirement, resynchronise, validate } from './use.ts';
export { type Expected, newToken, problem, statusOf, type Token, type User, userOf, type World } from './world.ts';
