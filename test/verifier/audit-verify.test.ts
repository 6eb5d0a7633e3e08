import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createKeyring } from '../../verifier/keyring.ts';
import { checkLog } from '../../verifier/sealing/check-log.ts';
import type { Finding } from '../../verifier/sealing/findings.ts';
import { headsFile } from '../../verifier/sealing/heads-file.ts';
import { pruneStep } from '../../verifier/sealing/prune.ts';
import { canonicalForms, currentForm } from '../../verifier/sealing/segment.ts';
import { databaseOf, postgresUrl } from './database.ts';
import { activeToken, validate } from './fixture.ts';
import { activated, check, fob, office, person, written } from './office.ts';
import { addedRows, loggedToken, type SealedBench, sealedBench } from './sealing.ts';

/** Three segments: rows 1 to 3, 4 to 6, 7 to 9. The second of each has no token. */
async function threeSegments(): Promise<SealedBench> {
  const at = await sealedBench();
  for (let segment = 0; segment < 3; segment++) {
    await at.segmentOf({}, { tokenId: null }, { loginId: 'jiro' });
    at.clock.advance(1_000);
  }
  expect((await at.check()).findings).toEqual([]);
  return at;
}

test('a log that nobody touched is verified, with the rows that are not sealed yet counted', async () => {
  const at = await threeSegments();
  await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x' });
  const { findings, check } = await at.check();
  expect(findings).toEqual([]);
  expect(check).toEqual({
    rows: 9,
    segments: 3,
    heads: 3,
    headsBehind: 0,
    tokens: 1,
    findings: 0,
    pruned: null,
    unsealed: { rows: 1, oldestAtMs: at.clock.nowMs() },
  });
});

describe('in the database', () => {
  /** SQLite's own columns are not there on PostgreSQL. */
  const form = (canonicalForms[currentForm] ?? []).filter(
    (name) => postgresUrl === null || name !== 'previous_accepted_id',
  );
  const everyColumn = form.filter((name) => name !== 'audit_id');

  test('the canonical form names every column of the log, so that a migration that adds one adds a form', async () => {
    const at = await sealedBench();
    const columns = databaseOf(at.folder).columns('audit');
    expect([...form].sort()).toEqual(columns.sort());
  });

  test.each(everyColumn)('an edit of %s names the row and its segment', async (column) => {
    const at = await threeSegments();
    const [was] = at.rows(`SELECT ${column} AS value FROM audit WHERE audit_id = 5`);
    const number = /_ms$|_number$|_accepted_id$/.test(column);
    at.tamper(`UPDATE audit SET ${column} = ? WHERE audit_id = 5`, number ? Number(was?.value ?? 0) + 1 : 'x');
    const { findings } = await at.check();
    expect(findings).toContainEqual({ kind: 'rowEdited', auditId: 5, segmentId: 2 });
  });

  test('an edit from NULL to an empty text, and from a text to NULL, is one', async () => {
    const at = await threeSegments();
    at.tamper(`UPDATE audit SET note = '' WHERE audit_id = 5`);
    at.tamper('UPDATE audit SET login_id = NULL WHERE audit_id = 8');
    expect((await at.check()).findings).toEqual([
      { kind: 'rowEdited', auditId: 5, segmentId: 2 },
      { kind: 'rowEdited', auditId: 8, segmentId: 3 },
    ]);
  });

  test('a value in a column that the segment’s form does not know is an edit', async () => {
    const at = await threeSegments();
    at.tamper('ALTER TABLE audit ADD COLUMN added_later TEXT');
    expect((await at.check()).findings).toEqual([]);
    at.tamper(`UPDATE audit SET added_later = 'x' WHERE audit_id = 5`);
    expect((await at.check()).findings).toEqual([{ kind: 'rowEdited', auditId: 5, segmentId: 2 }]);
  });

  test('a deleted row is missing, from its segment and from its token’s numbers', async () => {
    const at = await threeSegments();
    at.tamper('DELETE FROM audit WHERE audit_id = 6');
    expect((await at.check()).findings).toEqual([
      { kind: 'rowMissing', auditId: 6, segmentId: 2 },
      { kind: 'numberMissing', serviceId: '1001', tokenId: 't1', firstNumber: 4, lastNumber: 4 },
    ]);
  });

  test('two rows that change places are both edited', async () => {
    const at = await threeSegments();
    for (const [from, to] of [
      [2, 100],
      [5, 2],
      [100, 5],
    ] as const)
      at.tamper('UPDATE audit SET audit_id = ? WHERE audit_id = ?', to, from);
    expect((await at.check()).findings).toEqual([
      { kind: 'rowEdited', auditId: 2, segmentId: 1 },
      { kind: 'rowEdited', auditId: 5, segmentId: 2 },
    ]);
  });

  test('a row put before the first or into a gap is inserted', async () => {
    const at = await threeSegments();
    const insert = `INSERT INTO audit (audit_id, service_id, at_ms, operation, outcome) VALUES (?, '1001', 0, 'validate', 'accepted')`;
    at.tamper(insert, -7);
    at.tamper('DELETE FROM audit WHERE audit_id = 5');
    at.tamper('UPDATE audit SET audit_id = 5 WHERE audit_id = 8');
    expect((await at.check()).findings).toEqual([
      { kind: 'rowInserted', auditId: -7, segmentId: 1 },
      { kind: 'rowEdited', auditId: 5, segmentId: 2 },
      { kind: 'rowMissing', auditId: 8, segmentId: 3 },
    ]);
  });

  test('each of more rows than are read at once is named, and no other', async () => {
    const at = await threeSegments();
    at.tamper(addedRows, 1_001);
    const { findings } = await at.check();
    expect(findings.length).toBe(1_001);
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['rowInserted']));
  });

  test('rows cut off before they were sealed are missing from their token’s numbers', async () => {
    const at = await threeSegments();
    const user = { contractId: 'C-1', name: 'x', role: 'general' };
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x' });
    await at.bank('PUT', '/v1/users/hanako', user);
    at.tamper(`UPDATE tokens SET audit_number = audit_number + 2`);
    expect((await at.check()).findings).toEqual([
      { kind: 'numberMissing', serviceId: '1001', tokenId: 't1', firstNumber: 7, lastNumber: 8 },
    ]);
  });

  test('a number twice, and one that the token never gave, are named', async () => {
    const at = await threeSegments();
    at.tamper('DROP INDEX IF EXISTS audit_by_token');
    const insert = `INSERT INTO audit (service_id, at_ms, operation, outcome, token_id, token_number) VALUES ('1001', 0, 'validate', 'accepted', ?, ?)`;
    for (const [tokenId, number] of [
      ['t1', 2],
      ['t1', 99],
      ['t1', 0],
      ['unknown', 1],
    ] as const)
      at.tamper(insert, tokenId, number);
    const token = { serviceId: '1001', tokenId: 't1' };
    expect((await at.check()).findings).toEqual([
      { kind: 'numberUnknown', ...token, firstNumber: 0, lastNumber: 0 },
      { kind: 'numberRepeated', ...token, number: 2 },
      { kind: 'numberUnknown', ...token, firstNumber: 7, lastNumber: 99 },
      { kind: 'tokenUnknown', serviceId: '1001', tokenId: 'unknown', rows: 1 },
    ]);
  });

  test('rows of tokens that do not exist are counted over all parts in which they are read', async () => {
    const at = await threeSegments();
    at.tamper(`INSERT INTO audit (service_id, at_ms, operation, outcome, token_id, token_number)
      WITH RECURSIVE counted(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < 10050)
      SELECT '1001', 0, 'validate', 'wrong', CASE WHEN number % 3 = 0 THEN 'other' ELSE 'unknown' END, number FROM counted`);
    expect((await at.check()).findings).toEqual([
      { kind: 'tokenUnknown', serviceId: '1001', tokenId: 'other', rows: 3_350 },
      { kind: 'tokenUnknown', serviceId: '1001', tokenId: 'unknown', rows: 6_700 },
    ]);
  });

  test('a number in place of another one is named where no segment vouches for the row yet', async () => {
    const at = await sealedBench();
    at.tamper('DROP INDEX IF EXISTS audit_by_token');
    await at.segmentOf({}, {}, {});
    at.tamper('DELETE FROM audit_segments');
    rmSync(join(at.folder, 'audit-heads.jsonl'));
    const token = { serviceId: '1001', tokenId: 't1' };
    const renumber = (from: number, to: number) =>
      at.tamper(`UPDATE audit SET token_number = ? WHERE token_id = 't1' AND token_number = ?`, to, from);
    renumber(3, 9);
    expect((await at.check()).findings).toEqual([
      { kind: 'numberMissing', ...token, firstNumber: 3, lastNumber: 3 },
      { kind: 'numberUnknown', ...token, firstNumber: 4, lastNumber: 9 },
    ]);
    renumber(9, 3);
    renumber(1, -1);
    expect((await at.check()).findings).toEqual([
      { kind: 'numberUnknown', ...token, firstNumber: -1, lastNumber: -1 },
      { kind: 'numberMissing', ...token, firstNumber: 1, lastNumber: 1 },
    ]);
    renumber(-1, 1);
    renumber(2, 1);
    expect((await at.check()).findings).toEqual([
      { kind: 'numberRepeated', ...token, number: 1 },
      { kind: 'numberMissing', ...token, firstNumber: 2, lastNumber: 2 },
    ]);
    at.tamper(`INSERT INTO audit (service_id, at_ms, operation, outcome, token_id, token_number)
      VALUES ('1001', 0, 'validate', 'accepted', 't1', 2)`);
    expect((await at.check()).findings).toEqual([{ kind: 'numberRepeated', ...token, number: 1 }]);
  });

  test.each(['form', 'first_audit_id', 'last_audit_id', 'row_count', 'sealed_at_ms'])(
    'an edit of a segment’s %s is named',
    async (column) => {
      const at = await threeSegments();
      at.tamper(`UPDATE audit_segments SET ${column} = ${column} + 1 WHERE segment_id = 2`);
      expect((await at.check()).findings).toContainEqual({ kind: 'segmentEdited', segmentId: 2 });
    },
  );

  test.each(['row_digests', 'rows_hash', 'previous_head', 'head'])(
    'an edit of a segment’s %s is named',
    async (column) => {
      const at = await threeSegments();
      at.tamper(`UPDATE audit_segments SET ${column} = ? WHERE segment_id = 2`, new Uint8Array(32).fill(1));
      expect((await at.check()).findings).toContainEqual({ kind: 'segmentEdited', segmentId: 2 });
    },
  );

  test('a segment that nobody signed is named: behind the last one, and before the first', async () => {
    const at = await threeSegments();
    for (const [id, previous] of [
      [4, 3],
      [-1, 1],
    ] as const)
      at.tamper(
        `INSERT INTO audit_segments SELECT ?, form, 10, 12, row_count, row_digests, rows_hash, head, sealed_at_ms, head, key_id, signature
         FROM audit_segments WHERE segment_id = ?`,
        id,
        previous,
      );
    const { findings } = await at.check();
    for (const segmentId of [4, -1]) expect(findings).toContainEqual({ kind: 'segmentEdited', segmentId });
  });

  test('a number that no program of ours writes does not end the check', async () => {
    const at = await threeSegments();
    at.tamper('UPDATE audit SET at_ms = 9223372036854775807 WHERE audit_id = 5');
    expect((await at.check()).findings).toEqual([{ kind: 'rowEdited', auditId: 5, segmentId: 2 }]);
    at.tamper('UPDATE tokens SET audit_number = 9223372036854775807');
    expect((await at.check()).findings).toEqual([
      { kind: 'rowEdited', auditId: 5, segmentId: 2 },
      { kind: 'unreadable', part: 'numbers' },
    ]);
  });

  test('a deleted segment is missing; so are those cut off at the end, with their rows from the file of heads', async () => {
    const at = await threeSegments();
    at.tamper('DELETE FROM audit_segments WHERE segment_id = 2');
    expect((await at.check()).findings).toEqual([
      { kind: 'segmentMissing', firstSegmentId: 2, lastSegmentId: 2, firstAuditId: null, lastAuditId: null },
    ]);
    at.tamper('DELETE FROM audit_segments WHERE segment_id = 3');
    at.tamper('DELETE FROM audit WHERE audit_id > 3');
    at.tamper('UPDATE tokens SET audit_number = 2');
    expect((await at.check()).findings).toEqual([
      { kind: 'segmentMissing', firstSegmentId: 2, lastSegmentId: 2, firstAuditId: 4, lastAuditId: 6 },
      { kind: 'segmentMissing', firstSegmentId: 3, lastSegmentId: 3, firstAuditId: 7, lastAuditId: 9 },
    ]);
  });

  test('rows cut off and sealed anew by the verifier itself differ from the file of heads', async () => {
    const at = await threeSegments();
    at.tamper('DELETE FROM audit_segments WHERE segment_id = 3');
    at.tamper('DELETE FROM audit WHERE audit_id > 6');
    at.tamper('UPDATE tokens SET audit_number = 4');
    await at.segmentOf({ loginId: 'saburo' });
    expect((await at.check()).findings).toEqual([{ kind: 'headDiffers', segmentId: 3, line: 3 }]);
  });

  test('two segments that change places are both edited', async () => {
    const at = await threeSegments();
    for (const [from, to] of [
      [1, 100],
      [2, 1],
      [100, 2],
    ] as const)
      at.tamper('UPDATE audit_segments SET segment_id = ? WHERE segment_id = ?', to, from);
    const { findings } = await at.check();
    for (const segmentId of [1, 2]) expect(findings).toContainEqual({ kind: 'segmentEdited', segmentId });
  });

  test('whoever seals an edited log anew without the key file is found by the signature', async () => {
    const at = await threeSegments();
    const other = createKeyring([{ id: 'testkey1', secret: new Uint8Array(32).fill(8) }], at.options.random);
    const findings: Finding[] = [];
    await checkLog({ ...at.parts, keyring: other }, (finding) => findings.push(finding));
    expect(findings.slice(0, 3)).toEqual([1, 2, 3].map((segmentId) => ({ kind: 'signatureWrong', segmentId })));
    const rotated = createKeyring([{ id: 'otherkey', secret: new Uint8Array(32).fill(7) }], at.options.random);
    findings.length = 0;
    await checkLog({ ...at.parts, keyring: rotated }, (finding) => findings.push(finding));
    expect(findings[0]).toEqual({ kind: 'keyUnknown', segmentId: 1, keyId: 'testkey1' });
  });
});

// PostgreSQL finds a user's rows by an index, and no row names another.
describe.skipIf(postgresUrl !== null)('accepted validations, to which lists of a user come by following them', () => {
  /** A token of hanako's with so many accepted codes. */
  async function accepted(count: number) {
    const at = await sealedBench();
    const token = await activeToken(at);
    const accept = async () => {
      expect((await validate(at, token.code())).body.outcome).toBe('accepted');
      at.clock.advance(60_000);
    };
    for (let i = 0; i < count; i++) await accept();
    const ids = () =>
      at.rows(`SELECT audit_id AS id FROM audit WHERE operation = 'validate' ORDER BY 1`).map(({ id }) => Number(id));
    const [row] = at.rows(`SELECT token_id AS id FROM tokens WHERE token_id <> 't1'`);
    const skipped = (auditId: number | null, namedId: number) => ({
      kind: 'acceptedSkipped',
      serviceId: '1001',
      tokenId: row?.id,
      auditId,
      namedId,
    });
    const name = (id: number) =>
      at.tamper('UPDATE tokens SET last_accepted_id = ? WHERE token_id = ?', id, `${row?.id}`);
    const findings = async () => (await at.check()).findings;
    return { at, accept, ids, skipped, name, findings };
  }

  test('are missed where the token names another row as the last one, or none, or one that is not there', async () => {
    const { at, ids, skipped, name, findings } = await accepted(3);
    await at.segmentOf();
    const [first = 0, , last = 0] = ids();
    expect(await findings()).toEqual([]);
    for (const id of [0, first, last + 1, last + 1_000, -1]) {
      name(id);
      expect(await findings()).toEqual([skipped(last, id)]);
    }
    name(last);
    expect(await findings()).toEqual([]);
    at.tamper(`UPDATE tokens SET last_accepted_id = ? WHERE token_id = 't1'`, last);
    expect(await findings()).toEqual([{ ...skipped(null, last), tokenId: 't1' }]);
  });

  test('are missed each once, however many tokens name a row that is none of theirs', async () => {
    const at = await sealedBench();
    const count = 501;
    await at.store.transaction('1001', async (transaction) => {
      for (let i = 0; i < count; i++) await transaction.addToken(loggedToken(`t${i + 2}`));
    });
    at.tamper(`UPDATE tokens SET last_accepted_id = 1000 WHERE token_id <> 't1'`);
    const { findings, check } = await at.check();
    expect([check.tokens, check.findings]).toEqual([count + 1, count]);
    expect(new Set(findings.map((finding) => 'tokenId' in finding && finding.tokenId)).size).toBe(count);
  });

  test('are missed too where the token named another row for a while, and the next accepted one took that over', async () => {
    const { at, accept, ids, skipped, name, findings } = await accepted(3);
    const [first = 0, , third = 0] = ids();
    name(first);
    await accept();
    await at.segmentOf();
    await accept();
    expect(await findings()).toEqual([skipped(third, first)]);
  });

  test('are missed where no assignment says any more that their user had the token', async () => {
    const { at, ids, skipped, findings } = await accepted(3);
    await at.segmentOf();
    const [first = 0] = ids();
    const { serviceId, tokenId } = skipped(null, 0);
    const listed = async () => {
      const query = { serviceId: '1001', sinceMs: null, loginId: 'hanako', afterId: 0, limit: 100 };
      const rows = await at.store.auditLog.list(query);
      return rows.filter(({ auditId }) => ids().includes(auditId)).length;
    };
    expect([await listed(), await findings()]).toEqual([3, []]);
    const hidden = [0, [{ kind: 'acceptedUnlisted', serviceId, tokenId, auditId: first, rows: 3 }]];
    at.tamper(`UPDATE assignments SET token_id = 't1' WHERE token_id = ?`, `${tokenId}`);
    expect([await listed(), await findings()]).toEqual(hidden);
    at.tamper(`DELETE FROM assignments WHERE token_id = 't1'`);
    expect([await listed(), await findings()]).toEqual(hidden);
  });

  test('make no finding before and after a pruning, of all of them or of some', async () => {
    const { at, accept, findings } = await accepted(2);
    const prune = async () => {
      const nowMs = at.clock.nowMs();
      const order = { beforeMs: nowMs - 30 * 86_400_000, nowMs, actor: 'cli' as const, serviceIds: ['1001'] };
      expect(await pruneStep(at.parts, order)).toMatchObject({ rows: expect.any(Number) });
    };
    for (let round = 0; round < 2; round++) {
      await at.segmentOf();
      at.clock.advance(40 * 86_400_000);
      if (round === 0) {
        await accept();
        expect(await findings()).toEqual([]);
      }
      await prune();
      expect(await findings()).toEqual([]);
    }
    await accept();
    expect(await findings()).toEqual([]);
  });

  test('make no finding where users share a fob, bring it in step, change to another and back, or are deleted', async () => {
    const at = await office({
      reissue: { waitMinutes: 0, closed: null },
      hardware: { sharing: true, reusableAfterRevocation: true },
    });
    for (const loginId of ['hanako', 'jiro']) await person(at, loginId);
    const [shared, own] = [await fob(at, '10000001'), await fob(at, '10000002')];
    const accept = async (loginId: string, by = shared) => {
      expect((await check(at, loginId, by.code())).body.outcome).toBe('accepted');
      at.clock.advance(60_000);
    };
    const revoke = () => at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
    for (const loginId of ['hanako', 'jiro']) await activated(at, loginId, shared);
    for (const loginId of ['hanako', 'jiro', 'hanako']) await accept(loginId);
    at.clock.advance(3_600_000);
    const pair = { otps: [shared.code(-1), shared.code()] };
    expect((await at.bank('POST', '/v1/users/jiro/resynchronisation', pair)).body.outcome).toBe('accepted');
    at.clock.advance(60_000);
    await accept('jiro');
    await revoke();
    await activated(at, 'hanako', own);
    for (const [loginId, by] of [
      ['hanako', own],
      ['jiro', shared],
      ['hanako', own],
    ] as const)
      await accept(loginId, by);
    await revoke();
    await activated(at, 'hanako', shared);
    await accept('hanako');
    expect((await at.bank('DELETE', '/v1/users/hanako')).status).toBe(200);
    await accept('jiro');

    const findings: Finding[] = [];
    const heads = headsFile(join(at.folder, 'audit-heads.jsonl'));
    await checkLog({ auditLog: at.store.auditLog, heads, keyring: at.options.keyring }, (one) => findings.push(one));
    expect(findings).toEqual([]);
  });
});

describe('the file of heads', () => {
  const path = (at: SealedBench) => at.parts.heads.path;
  const lines = (at: SealedBench) => readFileSync(path(at), 'utf8').trimEnd().split('\n');

  test('is its owner’s alone and holds one line for each segment, with no content of a row', async () => {
    const at = await threeSegments();
    expect(statSync(path(at)).mode & 0o777).toBe(0o600);
    expect(lines(at).map((line) => JSON.parse(line).segment)).toEqual([1, 2, 3]);
    expect(readFileSync(path(at), 'utf8')).not.toMatch(/hanako|jiro|validate/);
  });

  test('that lost a line, or has one that is none, is named', async () => {
    const at = await threeSegments();
    const [first, second, third] = lines(at);
    writeFileSync(path(at), `${first}\n${third}\n`);
    expect((await at.check()).findings).toEqual([{ kind: 'headMissing', firstSegmentId: 2, lastSegmentId: 2 }]);
    writeFileSync(path(at), `${first}\n${second}\nwhat is this\n${third}\n`);
    expect((await at.check()).findings).toEqual([{ kind: 'headUnreadable', line: 3 }]);
  });

  test.runIf(postgresUrl === null)('that is deleted, or ends early, is named', async () => {
    const at = await threeSegments();
    const [first] = lines(at);
    writeFileSync(path(at), `${first}\n`);
    expect((await at.check()).findings).toEqual([{ kind: 'headMissing', firstSegmentId: 2, lastSegmentId: 2 }]);
    writeFileSync(path(at), 'what is this\n');
    expect((await at.check()).findings).toEqual([
      { kind: 'headUnreadable', line: 1 },
      { kind: 'headMissing', firstSegmentId: 1, lastSegmentId: 2 },
    ]);
    rmSync(path(at));
    expect((await at.check()).findings).toEqual([{ kind: 'headsFileMissing' }]);
  });

  test.runIf(postgresUrl !== null)(
    'of a node that sealed only the first, or nothing, says how many it lacks',
    async () => {
      const at = await threeSegments();
      const [first = '', second] = lines(at);
      writeFileSync(path(at), `${first}\n`);
      expect(await at.check()).toMatchObject({ findings: [], check: { heads: 1, headsBehind: 2 } });
      rmSync(path(at));
      expect(await at.check()).toMatchObject({ findings: [], check: { heads: 0, headsBehind: 3 } });
      writeFileSync(path(at), 'what is this\n');
      expect((await at.check()).findings).toEqual([{ kind: 'headUnreadable', line: 1 }]);
      // What it does have is compared as ever: a segment that is gone, and one that was sealed anew.
      writeFileSync(path(at), `${first}\n${second}\n`);
      at.tamper('DELETE FROM audit_segments WHERE segment_id > 1');
      at.tamper('DELETE FROM audit WHERE audit_id > 3');
      at.tamper('UPDATE tokens SET audit_number = 2');
      expect(await at.check()).toMatchObject({
        findings: [{ kind: 'segmentMissing', firstSegmentId: 2, lastSegmentId: 2, firstAuditId: 4, lastAuditId: 6 }],
        check: { headsBehind: 0 },
      });
      await at.segmentOf({ loginId: 'saburo' });
      writeFileSync(path(at), `${first}\n${second}\n`);
      expect((await at.check()).findings).toEqual([{ kind: 'headDiffers', segmentId: 2, line: 2 }]);
    },
  );

  test('with an edited line is named, whether the line still fits itself or not', async () => {
    const at = await threeSegments();
    const [first = '', second = '', third = ''] = lines(at);
    const { rows, ...rest } = JSON.parse(second);
    for (const edited of [JSON.stringify({ ...rest, rows: rows + 1 }), first.replace('"segment":1', '"segment":2')]) {
      writeFileSync(path(at), `${first}\n${edited}\n${third}\n`);
      expect((await at.check()).findings).toEqual([{ kind: 'headDiffers', segmentId: 2, line: 2 }]);
    }
  });

  test('may hold a head twice, and may lack the very last one: the next sealing brings it up', async () => {
    const at = await threeSegments();
    const [first, second] = lines(at);
    writeFileSync(path(at), `${first}\n${second}\n${second}\n{"segment":3,"fo`);
    expect((await at.check()).findings).toEqual([]);
    const next = await sealedBench({ folder: at.folder, clock: at.clock });
    at.clock.advance(10_000);
    await next.segmentOf({});
    expect(lines(at).map((line) => JSON.parse(line).segment)).toEqual([1, 2, 2, 3, 4]);
    expect((await next.check()).findings).toEqual([]);
  });

  test('with something long and foreign at its end loses no head that comes behind it', async () => {
    const at = await sealedBench();
    appendFileSync(path(at), 'x'.repeat(20_000));
    await at.segmentOf({});
    await at.segmentOf({});
    const { findings, check } = await at.check();
    expect(findings).toEqual([{ kind: 'headUnreadable', line: 1 }]);
    expect(check.heads).toBe(3);
  });
});
