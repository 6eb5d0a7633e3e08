import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { auditEntry } from '../../../verifier/audit.ts';
import { assignmentMachine, type Call, refusalOf, sourcesOf, tokenMachine } from '../../../verifier/rules/machines.ts';
import type { AssignmentStatus, TokenStatus } from '../../../verifier/rules/state.ts';
import { machinesText } from '../../../verifier/screens/machine-tables.ts';
import { openSqliteStore } from '../../../verifier/store/sqlite.ts';
import type { Store, Transaction } from '../../../verifier/store/store.ts';
import { bench, institutionOf, temporaryFolder } from '../fixture.ts';

const serviceId = '1001';
const along = { audit: auditEntry({ serviceId, atMs: 0, operation: 'validate', outcome: 'x' }), kept: null };
const drift = { beforeSteps: 0, afterSteps: 0 };
const tokenStatuses = Object.keys(tokenMachine.unlock.from) as TokenStatus[];
const assignmentStatuses = Object.keys(assignmentMachine.revoke.from) as AssignmentStatus[];

/** A store with one user, one token and one assignment, whose statuses are written from outside. */
async function world(kind: 'software' | 'hardware') {
  const path = join(temporaryFolder(), 'verifier.sqlite');
  const store = openSqliteStore(path, 0);
  await store.transaction(serviceId, async (t) => {
    await t.putInstitution(institutionOf(), 0);
    await t.putContract(serviceId, { contractId: 'C', kind: 'business', name: 'x', otpStartsOn: null });
    const user = { contractId: 'C', name: 'x', role: 'general', email: null, confirmationHash: null } as const;
    await t.putUser({ serviceId, loginId: 'u', ...user });
    await t.addToken({
      serviceId,
      tokenId: 't',
      kind,
      serial: kind === 'hardware' ? '00123456' : null,
      status: 'active',
      parameters: { algorithm: 'SHA256', digits: 8, periodSeconds: 60 },
      sealedSeed: randomBytes(60),
      seedVersion: 1,
      expiresAtMs: null,
    });
    const lineage = { priorStatus: 'unregistered', previousAssignmentId: null } as const;
    await t.registerHardware({ serviceId, assignmentId: 'a', loginId: 'u', tokenId: 't', ...lineage, nowMs: 0 });
  });
  const database = new DatabaseSync(path);
  database.exec('PRAGMA busy_timeout = 5000');
  const read = (table: 'tokens' | 'assignments') =>
    String(database.prepare(`SELECT status FROM ${table}`).get()?.status);
  return {
    store,
    set: (token: TokenStatus, assignment: AssignmentStatus) => {
      const thumbprint = assignment === 'provisioned' ? `'x'` : 'NULL';
      database.exec(`UPDATE tokens SET status = '${token}', contract_id = NULL, last_step = -1, failures = 0`);
      database.exec(`UPDATE assignments SET status = '${assignment}', kind = '${kind}', request_id = 'r',
        thumbprint = ${thumbprint}, password_failures = 4`);
    },
    token: () => read('tokens'),
    assignment: () => read('assignments'),
    async end() {
      database.close();
      await store.close();
    },
  };
}

const key = { serviceId, tokenId: 't', loginId: 'u' };
const limits = { assignmentStatus: 'active', driftSteps: 0, afterFailures: 5, disableAfterFailures: 9 } as const;
const change = (work: (t: Transaction) => Promise<unknown>) => (store: Store) => store.transaction(serviceId, work);

/** How the store makes each call of the token's machine, in the kind of token that it is for; `expire` is computed. */
const tokenCalls: Record<
  Exclude<keyof typeof tokenMachine, 'expire'>,
  { readonly kind: 'software' | 'hardware'; readonly make: (store: Store) => Promise<unknown> }
> = {
  ship: { kind: 'hardware', make: change((t) => t.shipToken(serviceId, '00123456', 'C', null)) },
  acceptCode: { kind: 'hardware', make: (store) => store.acceptStep({ ...key, step: 7, drift, along }) },
  failCode: {
    kind: 'hardware',
    make: (store) => store.countFailure({ ...key, ...limits, along: () => along }),
  },
  unlock: { kind: 'hardware', make: change((t) => t.unlockToken(serviceId, 't')) },
  wipe: { kind: 'software', make: change((t) => t.endAssignment(serviceId, 'a', 'revoked', 'other', 0)) },
  report: { kind: 'hardware', make: change((t) => t.disableToken(serviceId, 't', 'compromised')) },
};

describe('the store moves a token by the table and by nothing else', () => {
  test.each(Object.keys(tokenCalls) as (keyof typeof tokenCalls)[])('%s', async (name) => {
    const { kind, make } = tokenCalls[name];
    const call: Call<TokenStatus> = tokenMachine[name];
    const at = await world(kind);
    for (const from of tokenStatuses) {
      at.set(from, 'active');
      const answer = await make(at.store);
      const cell = call.from[from];
      if ('to' in cell) expect(cell.to, `from ${from}`).toContain(at.token());
      else expect([from, at.token()]).toEqual([from, from]);
      // Wiping is a part of ending the assignment, which was active.
      if (name !== 'wipe') expect([from, Boolean(answer)]).toEqual([from, 'to' in cell]);
    }
    await at.end();
  });
});

const noKey = { serviceId, assignmentId: 'a', loginId: 'u' };
const lineage = { priorStatus: 'unregistered', previousAssignmentId: null } as const;

/** How the store makes each call of the assignment's machine that moves a row; a new issue adds another row instead. */
const assignmentCalls: Partial<Record<keyof typeof assignmentMachine, (store: Store) => Promise<unknown>>> = {
  ship: change((t) => t.shipToken(serviceId, '00123456', 'C', 'r')),
  cancelIssue: change((t) => t.endIssue(serviceId, 'a', 0)),
  guessPassword: change((t) => t.countActivationPassword(serviceId, 'a', 5, 0)),
  revoke: change((t) => t.endAssignment(serviceId, 'a', 'revoked', 'other', 0)),
  deactivate: change((t) => t.endAssignment(serviceId, 'a', 'deactivated', null, 0)),
  activate: (store) =>
    store.activateToken({
      ...key,
      assignmentId: 'a',
      step: 7,
      sealedSeed: new Uint8Array(3),
      seedVersion: 1,
      nowMs: 0,
      along,
    }),
};

describe('the store moves an assignment by the table and by nothing else', () => {
  test.each(Object.keys(assignmentCalls) as (keyof typeof assignmentMachine)[])('%s', async (name) => {
    const call: Call<AssignmentStatus> = assignmentMachine[name];
    const at = await world('hardware');
    for (const from of assignmentStatuses) {
      at.set(name === 'ship' ? 'stock' : 'active', from);
      await assignmentCalls[name]?.(at.store);
      const cell = call.from[from];
      if ('to' in cell) expect(cell.to, `from ${from}`).toContain(at.assignment());
      else expect([from, at.assignment()]).toEqual([from, from]);
    }
    await at.end();
  });

  test('provision takes an issue once, and a provisioned one goes to no other key', async () => {
    const at = await world('software');
    for (const from of assignmentStatuses) {
      at.set('active', from);
      const done = await at.store.transaction(serviceId, (t) => t.provision(serviceId, 'a', 'thumbprint', 0));
      expect([from, done]).toEqual([from, from === 'issued']);
      expect(at.assignment()).toBe(from === 'issued' ? 'provisioned' : from);
    }
    await at.end();
  });

  test('a registration moves an order that is open and never an active assignment', async () => {
    const at = await world('hardware');
    for (const from of sourcesOf<AssignmentStatus>(assignmentMachine.cancelIssue)) {
      at.set('active', from);
      await at.store.transaction(serviceId, (t) =>
        t.registerHardware({ ...noKey, ...lineage, tokenId: 't', nowMs: 0 }),
      );
      expect(at.assignment()).toBe('active');
    }
    const again = at.store.transaction(serviceId, (t) =>
      t.registerHardware({ ...noKey, assignmentId: 'b', ...lineage, tokenId: 't', nowMs: 0 }),
    );
    await expect(again).rejects.toThrow();
    await at.end();
  });
});

test('every pair of status and call has a cell: a way to known statuses, or one reason', () => {
  const machines: [Record<string, Call<string>>, readonly string[]][] = [
    [tokenMachine, tokenStatuses],
    [assignmentMachine, assignmentStatuses],
  ];
  for (const [machine, statuses] of machines) {
    for (const [name, call] of Object.entries(machine)) {
      expect([name, Object.keys(call.from)]).toEqual([name, statuses]);
      for (const status of statuses) {
        const cell = call.from[status];
        const refusal = refusalOf(call, status);
        expect([name, status, refusal === null]).toEqual([name, status, cell !== undefined && 'to' in cell]);
        if (cell !== undefined && 'to' in cell) expect(statuses).toEqual(expect.arrayContaining([...cell.to]));
      }
    }
  }
});

test('the documentation that a running verifier serves shows both tables, cell by cell', async () => {
  const at = await bench();
  const { description } = (await at.anyone('GET', '/openapi.json')).body.info;
  expect(description).toContain(machinesText());
  const rows = machinesText()
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const calls = [...Object.entries(tokenMachine), ...Object.entries(assignmentMachine)];
  expect(rows).toHaveLength(calls.length);
  calls.forEach(([name, call], index) => {
    const cells = (rows[index] ?? '').split('|').map((cell) => cell.trim());
    expect(cells.slice(1, 4)).toEqual([`\`${name}\``, call.who, call.by]);
    const shown = Object.values(call.from).map((cell) =>
      'to' in cell ? cell.to.map((to: string) => `**${to}**`).join(' or ') : `\`${cell.refused}\``,
    );
    expect(cells.slice(4, -1)).toEqual(shown);
  });
});
