import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { auditEntry } from '../../verifier/audit.ts';
import type { Along, Store } from '../../verifier/store/store.ts';
import { fc } from '../property.ts';
import { databaseOf } from './database.ts';
import { institutionOf, temporaryFolder } from './fixture.ts';

const serviceId = '1001';
const along = (tokenId: string): Along => ({
  audit: auditEntry({ serviceId, atMs: 0, operation: 'validate', outcome: 'x', tokenId }),
  kept: null,
});

/** An active token without a route in front of it. */
async function addActive(store: Store, tokenId: string): Promise<void> {
  await store.transaction(serviceId, async (t) => {
    await t.putUser({
      serviceId,
      loginId: tokenId,
      contractId: 'C',
      name: 'x',
      role: 'general',
      email: null,
      confirmationHash: null,
    });
    await t.addToken({
      serviceId,
      tokenId,
      kind: 'software',
      serial: null,
      status: 'active',
      parameters: { algorithm: 'SHA256', digits: 8, periodSeconds: 60 },
      sealedSeed: randomBytes(60),
      seedVersion: 1,
      expiresAtMs: null,
    });
    await t.addIssue({
      serviceId,
      assignmentId: tokenId,
      loginId: tokenId,
      tokenId,
      userId: tokenId,
      priorStatus: 'unregistered',
      previousAssignmentId: null,
      activationMac: randomBytes(40),
      issuedAtMs: 0,
      lapsesAtMs: 1,
    });
    await t.provision(serviceId, tokenId, 'thumbprint', 0);
  });
  const key = { serviceId, tokenId, loginId: tokenId, assignmentId: tokenId };
  const sealedSeed = randomBytes(60);
  await store.activateToken({ ...key, step: 0, sealedSeed, seedVersion: 1, nowMs: 0, along: along(tokenId) });
}

type Step =
  | { readonly kind: 'accept'; readonly step: number }
  | { readonly kind: 'fail' }
  | { readonly kind: 'revoke' };
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('accept' as const), step: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 5, arbitrary: fc.constant({ kind: 'fail' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'revoke' as const }) },
);

test('over any interleaving the last step never falls, no step is taken twice and every count is kept', async () => {
  const folder = temporaryFolder();
  const stores = [await databaseOf(folder).open(0), await databaseOf(folder).open(0)];
  const [first, second] = stores;
  if (first === undefined || second === undefined) throw new Error('two stores');
  await first.transaction(serviceId, async (t) => {
    await t.putInstitution(institutionOf(), 0);
    await t.putContract(serviceId, { contractId: 'C', kind: 'business', name: 'x', otpStartsOn: null });
  });
  let run = 0;
  const noDrift = { beforeSteps: 0, afterSteps: 0 };
  const limits = { driftSteps: 0, afterFailures: 3, disableAfterFailures: 8 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(stepArbitrary, fc.boolean()), { minLength: 1, maxLength: 25 }),
      async (steps) => {
        const tokenId = `t${run++}`;
        await addActive(first, tokenId);
        const key = { serviceId, tokenId, loginId: tokenId };
        const seen: number[] = [];
        const accepted: number[] = [];
        let failed = 0;
        const look = async () => {
          const user = await first.user(serviceId, tokenId);
          seen.push(user?.token?.lastStep ?? -1);
        };
        await Promise.all(
          steps.map(async ([step, onFirst]) => {
            const store = onFirst ? first : second;
            switch (step.kind) {
              case 'accept':
                if (await store.acceptStep({ ...key, step: step.step, drift: noDrift, along: along(tokenId) }))
                  accepted.push(step.step);
                break;
              case 'fail':
                if (
                  await store.countFailure({
                    ...key,
                    ...limits,
                    assignmentStatus: 'active',
                    along: () => along(tokenId),
                  })
                )
                  failed++;
                break;
              case 'revoke':
                await store.transaction(serviceId, (t) => t.endAssignment(serviceId, tokenId, 'revoked', 'other', 0));
                break;
            }
            await look();
          }),
        );
        await look();
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
        expect(new Set(accepted).size).toBe(accepted.length);
        const token = (await second.user(serviceId, tokenId))?.token;
        expect(token?.lastStep).toBe(Math.max(0, ...accepted));
        // The longest run of failures cannot pass the limit, since the token locks there.
        expect(token?.failures).toBeLessThanOrEqual(limits.afterFailures);
        if (accepted.length === 0) expect(token?.failuresSinceAccepted).toBe(failed);
        if (token?.status === 'locked') expect(token.failures).toBe(limits.afterFailures);
      },
    ),
    { numRuns: 40 },
  );
  for (const store of stores) await store.close();
}, 60_000);
