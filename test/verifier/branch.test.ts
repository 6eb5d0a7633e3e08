import { describe, expect, test } from 'vitest';
import { activeToken, issue, setUp, validate } from './fixture.ts';
import { activate, activated, check, fob, lockOut, manualFile, office, otpOf, person, written } from './office.ts';

const calls = [
  ['/v1/branch/unlocks', { loginIds: ['hanako'] }],
  ['/v1/branch/revocations', { loginIds: ['hanako'] }],
  ['/v1/branch/compromise-reports', { loginId: 'hanako', description: 'x' }],
] as const;

describe('every call of the branch', () => {
  test('needs the scope, and a bank’s calls do not take the branch’s key', async () => {
    const at = await office();
    await person(at, 'hanako');
    for (const [path, body] of calls) expect((await at.bank('POST', path, { ...written, ...body })).status).toBe(403);
    expect((await at.bank('GET', '/v1/branch/requests')).status).toBe(403);
    expect((await at.branch('POST', '/v1/unlocks', { actor: 'hanako', loginIds: ['hanako'] })).status).toBe(403);
  });

  test('names the operator, and the document where the institution demands one', async () => {
    const at = await office();
    const free = await office({ branch: { documentRequired: false } });
    for (const each of [at, free]) await person(each, 'hanako');
    for (const [path, body] of calls) {
      expect((await at.branch('POST', path, { document: 'D-1', ...body })).body.fields[0].path).toBe('operator');
      const without = await at.branch('POST', path, { operator: 'S-1', ...body });
      expect([without.status, without.body.fields[0].path]).toEqual([400, 'document']);
      expect((await free.branch('POST', path, { operator: 'S-1', ...body })).status).toBe(200);
    }
  });

  test('stands in the log with operator and document', async () => {
    const at = await office();
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await lockOut(at, 'hanako', token);
    await at.branch('POST', '/v1/branch/unlocks', { ...written, loginIds: ['hanako'] });
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'], cause: 'lost' });
    await at.branch('POST', '/v1/branch/compromise-reports', { ...written, loginId: 'hanako', description: '届出' });
    expect(
      at.rows(`SELECT operation, purpose, outcome, operator, document, note FROM audit WHERE operator IS NOT NULL`),
    ).toEqual([
      { operation: 'unlock', purpose: null, outcome: 'unlocked', operator: 'S-0042', document: 'D-1', note: null },
      { operation: 'revoke', purpose: 'lost', outcome: 'revoked', operator: 'S-0042', document: 'D-1', note: null },
      {
        operation: 'reportCompromise',
        purpose: 'compromised',
        outcome: 'done',
        operator: 'S-0042',
        document: 'D-1',
        note: '届出',
      },
    ]);
  });
});

test('the branch unlocks and revokes masters, and one who is unknown leaves all unchanged', async () => {
  const at = await office(manualFile('seikyo'));
  await person(at, 'boss', 'master');
  const token = await fob(at);
  await activated(at, 'boss', token);
  await lockOut(at, 'boss', token);
  for (const path of ['/v1/branch/unlocks', '/v1/branch/revocations']) {
    const { body } = await at.branch('POST', path, { ...written, loginIds: ['boss', 'nobody'] });
    expect(body.results.map((result: { outcome: string }) => result.outcome)).toEqual(['unchanged', 'refused']);
    expect(body.results[1].reason).toBe('userUnknown');
    const done = await at.branch('POST', path, { ...written, loginIds: ['boss'], cause: 'broken' });
    expect(done.body.outcome).toBe('done');
  }
  expect(at.rows(`SELECT operation, purpose FROM audit WHERE outcome IN ('unlocked', 'revoked') ORDER BY 1`)).toEqual([
    { operation: 'revoke', purpose: 'broken' },
    { operation: 'unlock', purpose: 'broken' },
  ]);
  expect((await otpOf(at, 'boss')).status).toBe('revoked');
});

describe('a report of misuse', () => {
  const report = (at: Awaited<ReturnType<typeof office>>, loginId: string, more: object = {}) =>
    at.branch('POST', '/v1/branch/compromise-reports', { ...written, loginId, description: 'x', ...more });

  test('ends a hardware token for all who share it, and nobody registers it again', async () => {
    const at = await office(manualFile('kumashin'));
    for (const id of ['hanako', 'jiro']) await person(at, id);
    const token = await fob(at);
    for (const id of ['hanako', 'jiro']) await activated(at, id, token);
    const { body } = await report(at, 'jiro', { suspected: true });
    expect(body).toMatchObject({
      outcome: 'done',
      reason: null,
      results: [
        { loginId: 'hanako', outcome: 'revoked', serial: '00123456', status: 'revoked' },
        { loginId: 'jiro', outcome: 'revoked', serial: '00123456', status: 'revoked' },
      ],
    });
    expect((await check(at, 'hanako', token.code(), 'login')).body.reason).toBe('revoked');
    at.clock.advance(48 * 3_600_000);
    for (const id of ['hanako', 'jiro']) {
      expect((await activate(at, id, token.code(), token.serial)).body.reason).toBe('serialNotReusable');
    }
    expect(at.rows('SELECT status, status_detail FROM tokens')).toEqual([
      { status: 'disabled', status_detail: 'suspected' },
    ]);
  });

  test('reaches a token that was revoked before, so that it does not come back', async () => {
    const at = await office(manualFile('kumashin'));
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
    expect((await report(at, 'hanako')).body).toEqual({ outcome: 'done', reason: null, results: [] });
    at.clock.advance(48 * 3_600_000);
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.reason).toBe('serialNotReusable');
  });

  test.each(['revoked', 'deactivated'] as const)('is about the last token of a user whose own was %s', async (how) => {
    const at = await office({ reissue: { waitMinutes: 0, closed: null } });
    for (const id of ['hanako', 'jiro']) await person(at, id);
    for (const [loginId, serial, end] of [
      ['hanako', '10000001', 'revoked'],
      ['hanako', '10000002', how],
      ['jiro', '10000003', 'revoked'],
    ] as const) {
      await activated(at, loginId, await fob(at, serial));
      const { assignmentId = '' } = (await at.store.user('1001', loginId))?.assignment ?? {};
      await at.store.transaction('1001', (t) => t.endAssignment('1001', assignmentId, end, null, at.clock.nowMs()));
    }
    expect((await report(at, 'hanako')).body.outcome).toBe('done');
    expect(at.rows(`SELECT serial FROM tokens WHERE status = 'disabled'`)).toEqual([{ serial: '10000002' }]);
  });

  test('is written down for a token that is retired already, and leaves it retired', async () => {
    const at = await office();
    await person(at, 'hanako');
    const token = await fob(at);
    await activated(at, 'hanako', token);
    const patch = (status: string) =>
      at.branch('PATCH', `/v1/branch/hardware-tokens/${token.serial}`, { ...written, status });
    expect((await patch('retired')).body).toMatchObject({ outcome: 'done', status: 'retired' });
    expect((await report(at, 'hanako')).body).toEqual({ outcome: 'done', reason: null, results: [] });
    expect((await patch('lost')).body).toMatchObject({ outcome: 'refused', reason: 'outOfUse', status: 'retired' });
    expect(at.rows(`SELECT outcome FROM audit WHERE operation = 'reportCompromise'`)).toEqual([{ outcome: 'done' }]);
  });

  test('wipes a software token, in use or only set up', async () => {
    const at = await office();
    const app = await activeToken(at);
    expect((await report(at, 'hanako')).body.results).toMatchObject([{ outcome: 'revoked', status: 'revoked' }]);
    expect((await validate(at, app.code())).body.reason).toBe('revoked');
    const other = await setUp(at, 'jiro');
    expect((await report(at, 'jiro')).body.outcome).toBe('done');
    expect((await at.bank('POST', '/v1/users/jiro/activation', { otp: other.code() })).body.reason).toBe(
      'nothingToActivate',
    );
    await person(at, 'saburo');
    await issue(at, 'saburo');
    expect((await report(at, 'saburo')).body.outcome).toBe('done');
    expect(at.rows('SELECT DISTINCT status, length(sealed_seed) AS seed FROM tokens')).toEqual([
      { status: 'void', seed: 0 },
    ]);
  });

  test('is refused for a user who never had a token, and 404 for nobody', async () => {
    const at = await office();
    await person(at, 'hanako');
    expect((await report(at, 'hanako')).body).toEqual({ outcome: 'refused', reason: 'nothingToReport', results: [] });
    expect((await report(at, 'nobody')).status).toBe(404);
  });

  test('makes a new token cost what a lost one costs', async () => {
    const at = await office({ application: 'selfService', reissue: { waitMinutes: 0, closed: null } });
    await person(at, 'hanako');
    await activated(at, 'hanako', await fob(at));
    await report(at, 'hanako');
    const { fee } = (await at.bank('POST', '/v1/users/hanako/hardware-token', {})).body;
    expect(fee).toEqual({ kind: 'reissue', amountYen: 1100 });
  });
});
