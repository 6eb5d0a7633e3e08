import { expect, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import type { NewToken, Store, Transaction } from '../../verifier/store/store.ts';
import { type Bench, bench } from './fixture.ts';

const serials = { ship: '10000001', used: '10000002', locked: '10000003', gone: '10000004', dead: '10000005' };
const mac = new Uint8Array(32);
/** Bytes that tell whose row it is. */
const bytesOf = (serviceId: string) => new TextEncoder().encode(serviceId);
const person = { contractId: 'C-1', role: 'general', email: null, confirmationHash: null } as const;
const fresh = { priorStatus: 'unregistered', previousAssignmentId: null } as const;
const free = { kind: 'free', amountYen: 0 } as const;
const sent = { contractId: 'C-1', cause: 'lost', fee: free, requestId: null } as const;

/** The same names in every institution: of users, tokens, serials, orders and issues. */
async function begin(t: Transaction, at: Bench, serviceId: string): Promise<void> {
  const nowMs = at.clock.nowMs();
  await t.putInstitution({ ...at.institution, serviceId }, nowMs);
  const otpStartsOn = serviceId === '2002' ? null : '2030-01-01';
  for (const contractId of ['C-1', 'C-2'])
    await t.putContract(serviceId, { contractId, kind: 'business', name: serviceId, otpStartsOn });
  for (const loginId of ['hanako', 'jiro', 'saburo', 'shiro'])
    await t.putUser({ ...person, serviceId, loginId, name: serviceId });
  const contractId = serviceId === '2002' ? 'C-1' : 'C-2';
  await t.putUser({ ...person, serviceId, loginId: 'goro', name: serviceId, contractId });
  const token = {
    ...{ serviceId, sealedSeed: bytesOf(serviceId), seedVersion: 1, expiresAtMs: null },
    parameters: { algorithm: 'SHA1', digits: 6, periodSeconds: 60 },
  } as const;
  const stock = Object.entries(serials).map(([tokenId, serial]) => {
    const made: NewToken = { ...token, tokenId, serial, kind: 'hardware', status: 'stock' };
    return { ...made, driftSteps: 0 };
  });
  await t.addStock(stock, auditEntry({ serviceId, atMs: nowMs, operation: 'importHardware', outcome: 'imported' }));
  for (const serial of Object.values(serials).slice(1)) await t.shipToken(serviceId, serial, 'C-1', null);
  await t.addShipment({ ...sent, serviceId, tokenId: 'dead', replacesTokenId: 'used', shippedAtMs: nowMs });
  if (serviceId === '2002') await t.disableToken(serviceId, 'dead', 'lost');

  for (const loginId of ['hanako', 'saburo']) {
    const assignmentId = `before-${loginId}`;
    await t.registerHardware({ ...fresh, serviceId, assignmentId, loginId, tokenId: 'used', nowMs });
    await t.endAssignment(serviceId, assignmentId, 'revoked', 'other', nowMs);
  }
  const again = { priorStatus: 'revoked', previousAssignmentId: 'before-hanako' } as const;
  const registered = { ...again, serviceId, assignmentId: 'now', loginId: 'hanako', tokenId: 'used' };
  await t.registerHardware({ ...registered, nowMs: nowMs + 1 });
  for (const loginId of ['jiro', 'goro']) {
    const request = { serviceId, assignmentId: `of-${loginId}`, loginId, requestId: `by-${loginId}` };
    const after = { ...fresh, previousAssignmentId: 'before-saburo' };
    await t.addRequest({ ...after, ...request, fee: free, requestedAtMs: nowMs });
  }
  await t.countFailure({
    ...{ serviceId, tokenId: 'locked', loginId: null, assignmentStatus: 'active', driftSteps: 0 },
    ...{ afterFailures: 1, disableAfterFailures: 9 },
    along: () => ({
      audit: auditEntry({ serviceId, atMs: nowMs, operation: 'activate', outcome: 'rejected', tokenId: 'locked' }),
      kept: null,
    }),
  });
  await t.setTried(serviceId, 'saburo', 'locked');

  // Longer than any test, and of all institutions the same.
  const kept = { keyMac: mac, bodyMac: mac, status: 200, sealedAnswer: bytesOf(serviceId), expiresAtMs: 4e12 };
  await t.keepAnswer(serviceId, kept, nowMs);
  await t.addToken({ ...token, tokenId: 'soft', serial: null, kind: 'software', status: 'active' });
  await t.addIssue({
    ...{ ...fresh, serviceId, assignmentId: 'soft', loginId: 'shiro', tokenId: 'soft', userId: 'U-1' },
    ...{ activationMac: bytesOf(serviceId), issuedAtMs: nowMs, lapsesAtMs: nowMs + 60_000 },
  });
}

/** What would reach rows of the same name elsewhere, were the institution forgotten. */
async function goOn(t: Transaction, at: Bench, serviceId: string): Promise<void> {
  const nowMs = at.clock.nowMs();
  // Somebody of that name has this order under this contract, but elsewhere.
  expect(await t.shipToken(serviceId, serials.ship, 'C-1', 'by-goro')).toBe(false);
  expect(await t.shipToken(serviceId, serials.ship, 'C-1', 'by-jiro')).toBe(true);
  const registered = { ...fresh, serviceId, nowMs };
  await t.registerHardware({ ...registered, assignmentId: 'of-jiro', loginId: 'jiro', tokenId: 'ship' });
  const forJiro = { ...sent, requestId: 'by-jiro', replacesTokenId: 'ship' };
  await t.addShipment({ ...forJiro, serviceId, tokenId: 'locked', shippedAtMs: nowMs });
  await t.setTried(serviceId, 'hanako', 'gone');
  expect(await t.unlockToken(serviceId, 'locked')).toBe(true);
  expect(await t.disableToken(serviceId, 'gone', 'lost')).toBe(true);
  await t.putUser({ ...person, serviceId, loginId: 'rokuro', name: serviceId });
  const request = { serviceId, assignmentId: 'of-rokuro', loginId: 'rokuro', requestId: 'by-rokuro' };
  await t.addRequest({ ...fresh, ...request, fee: free, requestedAtMs: nowMs });
  await t.registerHardware({ ...registered, assignmentId: 'next', loginId: 'saburo', tokenId: 'used' });
}

/** All that can be asked about an institution. */
async function told(store: Store, serviceId: string, nowMs: number): Promise<unknown[]> {
  const any = { contractId: null, status: null, expiringBeforeMs: null, inUse: null, replaced: null, after: null };
  const asked = { ...any, serviceId, nowMs, limit: 100 };
  const loginIds = ['hanako', 'jiro', 'saburo', 'shiro', 'goro', 'rokuro'];
  const tokenIds = [...Object.keys(serials), 'soft'];
  return Promise.all([
    store.institution(serviceId),
    store.contract(serviceId, 'C-1'),
    store.users(asked),
    store.issueByUserId(serviceId, 'U-1'),
    store.keptAnswer(serviceId, mac, nowMs),
    store.serialsInStock(serviceId, Object.values(serials)),
    store.contractHardware(serviceId, 'C-1'),
    store.hardwareRequests(asked),
    store.replacementSent(serviceId, 'C-1', 'before-saburo'),
    store.stock(asked),
    ...[true, false].flatMap((yes) => [
      store.stock({ ...asked, inUse: yes }),
      store.stock({ ...asked, replaced: yes }),
    ]),
    ...loginIds.flatMap((loginId) => [
      store.user(serviceId, loginId),
      store.transaction(serviceId, (t) => t.user(serviceId, loginId)),
      store.otpUser(serviceId, loginId),
      store.lastToken(serviceId, loginId),
    ]),
    ...tokenIds.flatMap((tokenId) => [store.token(serviceId, tokenId), store.holders(serviceId, tokenId)]),
    ...Object.values(serials).map((serial) => store.hardware(serviceId, serial)),
  ]);
}

test('what others have and do under the same names, an institution neither sees nor feels', async () => {
  const at = await bench();
  const run = (serviceId: string, work: typeof begin) =>
    at.store.transaction(serviceId, (transaction) => work(transaction, at, serviceId));
  const rows = () =>
    ['users', 'tokens', 'assignments', 'shipments'].map((table) =>
      at.rows(`SELECT * FROM ${table} WHERE service_id = '2002'`),
    );
  await run('2002', begin);
  const nowMs = at.clock.nowMs();
  expect(await at.store.institution('2002')).toMatchObject({ serviceId: '2002' });
  const before = [await told(at.store, '2002', nowMs), rows()];
  // One stands before it in every index, the other behind it.
  for (const serviceId of ['1001', '3003']) {
    at.clock.advance(1000);
    await run(serviceId, begin);
    await run(serviceId, goOn);
  }
  expect([await told(at.store, '2002', nowMs), rows()]).toEqual(before);
});
