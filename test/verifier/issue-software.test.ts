import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { describe, expect, test } from 'vitest';
import { keepHouse } from '../../verifier/housekeeping.ts';
import { activeToken, addUser, bench, browser, issue, provision, setUp, validate } from './fixture.ts';

describe('an issue', () => {
  test('gives IDs, page and lapse, and the user is shown as issued', async () => {
    const at = await bench();
    await addUser(at);
    const answer = await issue(at);
    const { userId } = answer.body;
    expect(answer.body).toEqual({
      outcome: 'issued',
      serviceId: '1001',
      userId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{12}$/),
      activationUrl: `https://otp.example/activate#serviceId=1001&userId=${userId}`,
      expiresAt: '2026-11-21T01:00:10.000Z',
      mail: 'sent',
    });
    expect((await at.bank('GET', '/v1/users/hanako')).body.otp).toMatchObject({
      status: 'issued',
      kind: 'software',
      expiresAt: '2026-11-21T01:00:10.000Z',
    });
    expect((await at.bank('GET', '/v1/users/hanako/requirement?operation=transfer')).body).toMatchObject({
      otp: 'blocked',
      reason: 'issued',
      next: 'activation',
    });
  });

  test('leaves no seed and no password an hour after it lapsed, and is answered for as before', async () => {
    const at = await bench();
    const active = await activeToken(at, 'saburo');
    const app = await setUp(at, 'jiro');
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const parts = { store: at.store, keyring: at.options.keyring, clock: at.clock, auditRetentionDays: null };
    const house = () => keepHouse(parts, async () => true);
    const kept = () =>
      at
        .rows(`SELECT login_id, tokens.status, length(sealed_seed) > 0 AS seed, activation_mac IS NOT NULL AS password
        FROM assignments JOIN tokens USING (token_id) ORDER BY login_id`)
        .map((row) => Object.values(row).map((value) => (typeof value === 'string' ? value : Boolean(value))));
    at.clock.advance(2 * 3_600_000 - 1);
    await addUser(at, 'shiro');
    await issue(at, 'shiro');
    const before = kept();
    await house();
    expect(kept()).toEqual(before);
    at.clock.advance(1);
    await house();
    expect(kept()).toEqual([
      ['hanako', 'void', false, false],
      ['jiro', 'void', false, false],
      ['saburo', 'active', true, false],
      ['shiro', 'active', true, true],
    ]);
    expect((await at.bank('POST', '/v1/users/jiro/activation', { otp: app.code() })).body.reason).toBe('issueExpired');
    expect((await provision(at, userId, await browser())).body.reason).toBe('provisioningRefused');
    expect((await at.bank('GET', '/v1/users/hanako')).body.otp.status).toBe('unregistered');
    expect((await issue(at)).body.outcome).toBe('issued');
    expect((await validate(at, active.code(), { loginId: 'saburo' })).body.outcome).toBe('accepted');
  });

  test('is shown as unregistered again once it has lapsed', async () => {
    const at = await bench({ institution: { software: { activationMinutes: 5 } } });
    await addUser(at);
    await issue(at);
    at.clock.advance(5 * 60_000 - 1);
    expect((await at.bank('GET', '/v1/users/hanako')).body.otp.status).toBe('issued');
    at.clock.advance(1);
    expect((await at.bank('GET', '/v1/users/hanako')).body.otp.status).toBe('unregistered');
    expect((await at.bank('GET', '/v1/users/hanako/requirement?operation=transfer')).body.next).toBe('issue');
  });

  test('behind a gate of the activation, over night too, lapses its time after the gate opens', async () => {
    const at = await bench({ institution: { reissue: { gates: 'activation' } } });
    await activeToken(at);
    at.clock.advance(Date.parse('2026-11-21T20:50+09:00') - at.clock.nowMs());
    const user = await at.store.user('1001', 'hanako');
    await at.store.transaction('1001', (t) =>
      t.endAssignment('1001', user?.assignment?.assignmentId ?? '', 'revoked', 'other', at.clock.nowMs()),
    );
    const app = await setUp(at);
    const activation = async () => (await at.bank('POST', '/v1/users/hanako/activation', { otp: app.code() })).body;
    const opensAt = Date.parse('2026-11-22T08:10+09:00');
    expect(await activation()).toEqual({
      outcome: 'refused',
      reason: 'reissueTooEarly',
      reissuableAt: new Date(opensAt).toISOString(),
    });
    const { otp } = (await at.bank('GET', '/v1/users/hanako')).body;
    expect(Date.parse(otp.expiresAt)).toBe(opensAt + 60 * 60_000);
    at.clock.advance(opensAt - 1 - at.clock.nowMs());
    expect((await activation()).reason).toBe('reissueTooEarly');
    at.clock.advance(1);
    expect((await activation()).outcome).toBe('accepted');
  });

  test('is mailed in Japanese and English with IDs and address, as an RFC 5322 file that only its owner reads', async () => {
    const at = await bench();
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const [text = ''] = at.mails();
    const mail = await PostalMime.parse(text);
    expect(mail.from).toEqual({ name: '試験信用組合', address: 'otp@bank.example' });
    expect(mail.to).toEqual([{ name: '', address: 'hanako@example.jp' }]);
    expect(mail.subject).toContain('トークン発行');
    const grouped = userId.replace(/(....)(?=.)/g, '$1-');
    for (const part of [
      'サービスID: 1001',
      `ユーザID: ${grouped}`,
      'Service ID: 1001',
      `https://otp.example/activate#serviceId=1001&userId=${userId}`,
      '03-0000-0000',
    ]) {
      expect(mail.text).toContain(part);
    }
    expect(mail.text?.indexOf('トークンが発行されました')).toBeLessThan(mail.text?.indexOf('A software token') ?? -1);
    const [file = ''] = readdirSync(join(at.folder, 'outbox'));
    expect(file).toMatch(/^20261121T000010000Z-[0-9a-f]{8}\.eml$/);
    expect(statSync(join(at.folder, 'outbox', file)).mode & 0o777).toBe(0o600);
  });

  test('is mailed without the IDs where the institution wants the address alone', async () => {
    const at = await bench({ institution: { mail: { from: 'otp@bank.example', showIds: false } } });
    await addUser(at);
    const { userId } = (await issue(at)).body;
    const { text } = await PostalMime.parse(at.mails()[0] ?? '');
    expect(text).toContain('https://otp.example/activate\n');
    expect(text).not.toContain(userId);
    expect(text).not.toContain('1001');
  });

  test('stands where the mail fails, and the answer says so', async () => {
    const at = await bench();
    await addUser(at);
    writeFileSync(join(at.folder, 'outbox'), 'a file where the folder should be');
    const answer = await issue(at);
    expect(answer.body).toMatchObject({ outcome: 'issued', mail: 'failed' });
    expect((await provision(at, answer.body.userId, await browser())).body.outcome).toBe('provisioned');
  });

  test('replaces an open one, provisioned or not', async () => {
    const at = await bench();
    const token = await setUp(at);
    const second = await issue(at);
    expect(second.body.outcome).toBe('issued');
    const activation = await at.bank('POST', '/v1/users/hanako/activation', { otp: token.code() });
    expect(activation.body).toEqual({ outcome: 'refused', reason: 'setUpNotDone' });
    expect(at.rows('SELECT status FROM tokens ORDER BY status')).toEqual([{ status: 'active' }, { status: 'void' }]);
  });

  test('of 10 at once leaves one open', async () => {
    const at = await bench();
    await addUser(at);
    await Promise.all(Array.from({ length: 10 }, () => issue(at)));
    expect(at.rows(`SELECT count(*) AS n FROM assignments WHERE status = 'issued'`)).toEqual([{ n: 1 }]);
  });
});

describe('no issue', () => {
  test.each([
    ['kindNotOffered', { kinds: ['hardware'] }, {}],
    ['activationPasswordWeak', {}, { activationPassword: '1234' }],
    ['activationPasswordWeak', {}, { activationPassword: '００００' }],
    ['emailNotAllowed', { software: { emailDomains: { deny: ['example.jp'] } } }, {}],
    ['emailNotAllowed', { software: { emailDomains: { deny: ['example.jp'] } } }, { email: 'x@pc.EXAMPLE.jp' }],
    ['emailNotAllowed', { software: { emailDomains: { allow: ['docomo.ne.jp'] } } }, {}],
  ])('%s: %j %j', async (reason, institution, more) => {
    const at = await bench({ institution });
    await addUser(at);
    expect((await issue(at, 'hanako', more)).body).toEqual({ outcome: 'refused', reason });
    expect(at.rows("SELECT outcome, reason FROM audit WHERE operation = 'issueSoftware'")).toEqual([
      { outcome: 'refused', reason },
    ]);
    expect(at.rows('SELECT 1 FROM tokens')).toEqual([]);
  });

  test('beforeStartDate until midnight of the institution', async () => {
    const at = await bench();
    await addUser(at);
    await at.bank('PUT', '/v1/contracts/C-1', { kind: 'business', name: 'x', otpStartsOn: '2026-11-22' });
    at.clock.advance(Date.parse('2026-11-21T14:59:59.999Z') - at.clock.nowMs());
    expect((await issue(at)).body.reason).toBe('beforeStartDate');
    at.clock.advance(1);
    expect((await issue(at)).body.outcome).toBe('issued');
  });

  test('tokenAlreadyActive while one is in use, locked or not', async () => {
    const at = await bench({ institution: { lockout: { afterFailures: 1 } } });
    await activeToken(at);
    expect((await issue(at)).body).toEqual({ outcome: 'refused', reason: 'tokenAlreadyActive' });
    await at.bank('POST', '/v1/validations', { loginId: 'hanako', operation: 'transfer', otp: '000000' });
    expect((await issue(at)).body).toEqual({ outcome: 'refused', reason: 'tokenAlreadyActive' });
  });

  test('for an unknown user: 404', async () => {
    const at = await bench();
    expect((await issue(at, 'nobody')).status).toBe(404);
  });
});

describe('a confirmation password', () => {
  const confirmationPassword = 'ひみつ-secret';

  test('that is registered is required: missing it is 400 and names the field', async () => {
    const at = await bench();
    await addUser(at, 'hanako', { confirmationPassword });
    const answer = await issue(at);
    expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'confirmationPassword']);
    expect((await issue(at, 'hanako', { confirmationPassword })).body.outcome).toBe('issued');
  });

  test('that is not registered may not be sent: 422', async () => {
    const at = await bench();
    await addUser(at);
    expect((await issue(at, 'hanako', { confirmationPassword })).status).toBe(422);
  });

  test('is the same however its characters are composed', async () => {
    const at = await bench();
    await addUser(at, 'hanako', { confirmationPassword: 'ガラス-é' });
    const decomposed = 'ガラス-é'.normalize('NFD');
    expect(decomposed).not.toBe('ガラス-é');
    expect((await issue(at, 'hanako', { confirmationPassword: decomposed })).body.outcome).toBe('issued');
    await addUser(at, 'taro', { confirmationPassword: decomposed });
    expect((await issue(at, 'taro', { confirmationPassword: 'ガラス-é' })).body.outcome).toBe('issued');
  });

  test('wrong 10 times in a row locks it until it is put again', async () => {
    const at = await bench();
    await addUser(at, 'hanako', { confirmationPassword });
    const wrong = () => issue(at, 'hanako', { confirmationPassword: 'wrong' });
    for (let i = 0; i < 9; i++) expect((await wrong()).body.reason).toBe('confirmationPasswordWrong');
    expect((await issue(at, 'hanako', { confirmationPassword })).body.outcome).toBe('issued');
    const reasons = (await Promise.all(Array.from({ length: 20 }, wrong))).map((answer) => answer.body.reason);
    expect(reasons.filter((reason) => reason === 'confirmationPasswordWrong')).toHaveLength(10);
    expect(reasons.filter((reason) => reason === 'confirmationPasswordLocked')).toHaveLength(10);
    expect((await issue(at, 'hanako', { confirmationPassword })).body.reason).toBe('confirmationPasswordLocked');
    await addUser(at, 'hanako');
    expect((await issue(at, 'hanako', { confirmationPassword })).body.reason).toBe('confirmationPasswordLocked');
    await addUser(at, 'hanako', { confirmationPassword });
    expect((await issue(at, 'hanako', { confirmationPassword })).body.outcome).toBe('issued');
  });

  test('is kept as Argon2id that fits no other user', async () => {
    const at = await bench();
    await addUser(at, 'hanako', { confirmationPassword });
    await addUser(at, 'taro', { confirmationPassword });
    const hashes = at.rows('SELECT confirmation_hash FROM users').map((row) => String(row.confirmation_hash));
    expect(hashes[0]).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$testkey1\$/);
    await at.store.transaction('1001', async (t) => {
      const put = {
        serviceId: '1001',
        loginId: 'taro',
        contractId: 'C-1',
        name: 'x',
        role: 'general',
        email: null,
      } as const;
      await t.putUser({ ...put, confirmationHash: hashes[0] ?? '' });
    });
    expect((await issue(at, 'taro', { confirmationPassword })).body.reason).toBe('confirmationPasswordWrong');
  });
});

describe('calling an issue off', () => {
  test('ends it; without an open one it is refused', async () => {
    const at = await bench();
    await addUser(at);
    const path = '/v1/users/hanako/issue';
    expect((await at.bank('DELETE', path)).body).toEqual({ outcome: 'refused', reason: 'nothingToCancel' });
    await issue(at);
    expect((await at.bank('DELETE', path)).body).toEqual({ outcome: 'cancelled' });
    expect((await at.bank('GET', '/v1/users/hanako')).body.otp.status).toBe('unregistered');
    expect((await at.bank('DELETE', path)).body.reason).toBe('nothingToCancel');
  });

  test('does not touch a token in use', async () => {
    const at = await bench();
    await activeToken(at);
    expect((await at.bank('DELETE', '/v1/users/hanako/issue')).body.reason).toBe('nothingToCancel');
    expect((await at.bank('GET', '/v1/users/hanako')).body.otp.status).toBe('active');
  });
});
