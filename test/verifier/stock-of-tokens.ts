import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { auditEntry } from '../../verifier/audit.ts';
import { loadKeyring } from '../../verifier/keyring-file.ts';
import type { Store } from '../../verifier/store/store.ts';
import { institutionOf } from './fixture.ts';
import { independentCode } from './totp.ts';

/** A user whose software token is in use; its codes without an app. */
export interface Holder {
  readonly loginId: string;
  /** The code of the present time, or so many steps from it. */
  code(stepsAway?: number): string;
}

/** Codes that stay open for two minutes around any moment, so that a test need not look at the clock. */
export const wideWindow = { otp: { periodSeconds: 60, acceptedSteps: { past: 2, future: 2 } } };

/**
 * Adds users with tokens in use past the routes, for tests that need many. The institution is there, with `wideWindow`.
 * @param folder of the processes, with their key file
 */
export async function addHolders(store: Store, folder: string, names: readonly string[]): Promise<readonly Holder[]> {
  const serviceId = '1001';
  const nowMs = Date.now();
  const { otp } = institutionOf(wideWindow);
  const keyring = await loadKeyring(join(folder, 'data', 'keyring.json'), store, randomBytes);
  const made = names.map((loginId) => ({ loginId, seed: randomBytes(32) }));
  await store.transaction(serviceId, async (t) => {
    await t.putContract(serviceId, { contractId: 'C-1', kind: 'business', name: 'x', otpStartsOn: null });
    for (const { loginId } of made) {
      const user = { serviceId, loginId, contractId: 'C-1', name: 'x', role: 'general', email: null } as const;
      await t.putUser({ ...user, confirmationHash: null });
      await t.addToken({
        serviceId,
        tokenId: loginId,
        kind: 'software',
        serial: null,
        status: 'active',
        parameters: { algorithm: otp.algorithm, digits: otp.digits, periodSeconds: otp.periodSeconds },
        sealedSeed: randomBytes(60),
        seedVersion: 1,
        expiresAtMs: null,
      });
      await t.addIssue({
        serviceId,
        assignmentId: loginId,
        loginId,
        tokenId: loginId,
        userId: loginId,
        priorStatus: 'unregistered',
        previousAssignmentId: null,
        activationMac: randomBytes(40),
        issuedAtMs: nowMs,
        lapsesAtMs: nowMs + 60_000,
      });
      await t.provision(serviceId, loginId, 'thumbprint', nowMs);
    }
  });
  for (const { loginId, seed } of made) {
    const done = await store.activateToken({
      serviceId,
      tokenId: loginId,
      loginId,
      assignmentId: loginId,
      step: 0,
      sealedSeed: keyring.seal(seed, ['seed', serviceId, loginId, 2]),
      seedVersion: 1,
      nowMs,
      along: {
        audit: auditEntry({
          serviceId,
          atMs: nowMs,
          operation: 'activate',
          outcome: 'accepted',
          loginId,
          tokenId: loginId,
        }),
        kept: null,
      },
    });
    if (!done) throw new Error(`${loginId} was not activated`);
  }
  return made.map(({ loginId, seed }) => ({
    loginId,
    code: (stepsAway = 0) => independentCode(seed, otp, nowMs, stepsAway),
  }));
}
