import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { auditEntry } from '../../verifier/audit.ts';
import { checkLog, type LogCheck } from '../../verifier/sealing/check-log.ts';
import type { Finding } from '../../verifier/sealing/findings.ts';
import { headsFile } from '../../verifier/sealing/heads-file.ts';
import { type SealerParts, sealingTurn } from '../../verifier/sealing/sealer.ts';
import type { NewToken } from '../../verifier/store/store.ts';
import { databaseOf } from './database.ts';
import { type Bench, bench } from './fixture.ts';

export interface SealedBench extends Bench {
  readonly parts: SealerParts & { readonly keyring: Bench['options']['keyring'] };
  /** Adds rows and seals them as one segment. */
  segmentOf(...rows: readonly { readonly loginId?: string; readonly tokenId?: string | null }[]): Promise<void>;
  /** Runs SQL on the file behind the verifier's back. */
  tamper(sql: string, ...values: readonly (string | number | Uint8Array)[]): void;
  check(): Promise<{ readonly findings: readonly Finding[]; readonly check: LogCheck }>;
}

/** SQL for so many rows of no token before the first one, with the IDs -1, -2 and so on. */
export const addedRows = `
INSERT INTO audit (audit_id, service_id, at_ms, operation, outcome)
WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?)
SELECT -i, '1001', 0, 'validate', 'accepted' FROM number`;

/** A token that rows of the log are about; it checks no codes. */
export function loggedToken(tokenId: string): NewToken {
  return {
    serviceId: '1001',
    tokenId,
    kind: 'software',
    serial: null,
    status: 'active',
    parameters: { algorithm: 'SHA256', digits: 8, periodSeconds: 60 },
    sealedSeed: new Uint8Array(32),
    seedVersion: 1,
    expiresAtMs: null,
  };
}

/** A verifier with its log, and a token `t1` whose rows can be written. */
export async function sealedBench(given: Parameters<typeof bench>[0] = {}): Promise<SealedBench> {
  const at = await bench(given);
  const { store, clock, options } = at;
  const { auditLog } = store;
  const heads = headsFile(join(at.folder, 'audit-heads.jsonl'));
  const parts = { auditLog, heads, keyring: options.keyring, clock, random: randomBytes };
  await store.transaction('1001', async (transaction) => {
    if ((await transaction.token('1001', 't1')) !== null) return;
    await transaction.addToken(loggedToken('t1'));
  });
  const turn = sealingTurn(parts);
  return {
    ...at,
    parts,
    async segmentOf(...rows) {
      for (const { loginId = 'hanako', tokenId = 't1' } of rows) {
        const row = { serviceId: '1001', atMs: clock.nowMs(), operation: 'validate', outcome: 'accepted' } as const;
        await store.transaction('1001', (transaction) =>
          transaction.addAudit(auditEntry({ ...row, loginId, tokenId })),
        );
      }
      const step = await turn.step();
      if (step !== 'sealed') throw new Error(`not sealed: ${step}`);
    },
    tamper: (sql, ...values) => void databaseOf(at.folder).query(sql, ...values),
    async check() {
      const findings: Finding[] = [];
      const check = await checkLog(parts, (finding) => findings.push(finding));
      return { findings, check };
    },
  };
}
