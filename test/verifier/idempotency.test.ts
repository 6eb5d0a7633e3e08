import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createVerifier } from '../../verifier/app.ts';
import { auditEntry } from '../../verifier/audit.ts';
import { inTurn } from '../../verifier/derivations.ts';
import { createKeyring } from '../../verifier/keyring.ts';
import { type Delivery, longestSendMs } from '../../verifier/mail/mailer.ts';
import { type Along, AlreadyAnswered, type Store } from '../../verifier/store/store.ts';
import { databaseOf } from './database.ts';
import { type Answer, activeToken, addUser, asker, bench, setUp, validate } from './fixture.ts';
import { activated, fob, manualFile, office, person, written } from './office.ts';
import { wrongCode } from './totp.ts';

const issuePath = '/v1/users/hanako/software-token';
const order = { email: 'hanako@example.jp', activationPassword: '583920' };
const under = (key: string) => ({ 'idempotency-key': key });

describe('the same key and body', () => {
  test('return the first answer again and do nothing a second time', async () => {
    const at = await bench();
    await addUser(at);
    const first = await at.bank('POST', issuePath, order, under('a'));
    const second = await at.bank('POST', issuePath, order, under('a'));
    expect(second.text).toBe(first.text);
    expect(first.body.mail).toBe('sent');
    expect(at.mails()).toHaveLength(1);
    expect((await at.bank('POST', issuePath, order, under('b'))).body.userId).not.toBe(first.body.userId);
  });

  test('are no second guess: a wrong code counts once, an accepted one stays accepted', async () => {
    const at = await bench();
    const token = await activeToken(at);
    const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
    for (let i = 0; i < 10; i++) expect((await validate(at, wrong, {}, under('w'))).body.remainingAttempts).toBe(4);
    for (let i = 0; i < 3; i++)
      expect((await validate(at, token.code(), {}, under('r'))).body.outcome).toBe('accepted');
    expect((await validate(at, token.code(), {}, under('s'))).body.reason).toBe('replayed');
  });

  test('return a problem that was the first answer', async () => {
    const at = await bench();
    const first = await validate(at, '12345678', {}, under('n'));
    await addUser(at);
    const second = await validate(at, '12345678', {}, under('n'));
    expect([first.status, second.status, second.text]).toEqual([404, 404, first.text]);
    expect(second.headers.get('content-type')).toBe('application/problem+json');
  });

  test('return the first answer also while nothing new would be done', async () => {
    const at = await bench();
    await addUser(at);
    const first = await at.bank('POST', issuePath, order, under('a'));
    const limits = { ...at.options.limits, mails: 0 };
    const full = asker(createVerifier({ ...at.options, limits }), at.apiKey);
    expect((await full('POST', issuePath, order, under('b'))).status).toBe(503);
    expect((await full('POST', issuePath, order, under('a'))).text).toBe(first.text);
    // Which was no answer to keep.
    expect((await at.bank('POST', issuePath, order, under('b'))).body.outcome).toBe('issued');
  });

  test('return it where the request cannot be processed, also once it could be', async () => {
    const at = await bench();
    await addUser(at);
    const confirmed = { ...order, confirmationPassword: 'correct horse' };
    const first = await at.bank('POST', issuePath, confirmed, under('c'));
    await addUser(at, 'hanako', { confirmationPassword: confirmed.confirmationPassword });
    const second = await at.bank('POST', issuePath, confirmed, under('c'));
    expect([first.status, second.status, second.text]).toEqual([422, 422, first.text]);
    expect((await at.bank('POST', issuePath, confirmed, under('d'))).body.outcome).toBe('issued');
  });

  test('return it where another confirmation password was registered while the one sent was looked at', async () => {
    const at = await bench();
    const read = Promise.withResolvers<void>();
    const user: Store['user'] = async (...given) => {
      const found = await at.store.user(...given);
      read.resolve();
      return found;
    };
    const bank = asker(createVerifier({ ...at.options, store: { ...at.store, user } }), at.apiKey);
    const confirmed = { ...order, confirmationPassword: 'correct horse' };
    await addUser(at, 'hanako', { confirmationPassword: confirmed.confirmationPassword });
    const { promise: turn, resolve: release } = Promise.withResolvers<void>();
    for (let i = 0; i < 2; i++) void inTurn(() => turn);
    const asked = bank('POST', issuePath, confirmed, under('c'));
    await read.promise;
    await at.store.transaction('1001', async (transaction) => {
      const about = { contractId: 'C-1', name: '山田 花子', role: 'general', email: null } as const;
      await transaction.putUser({ serviceId: '1001', loginId: 'hanako', ...about, confirmationHash: 'another' });
    });
    release();
    const first = await asked;
    expect([first.status, first.body.code]).toEqual([409, 'conflict']);
    expect((await bank('POST', issuePath, confirmed, under('c'))).text).toBe(first.text);
    expect((await at.bank('GET', '/v1/users/hanako')).body.otp.status).toBe('unregistered');
  });

  test('are 10 minutes one attempt for a validation and 24 hours for an issue', async () => {
    const at = await bench();
    const token = await activeToken(at);
    const code = token.code();
    expect((await validate(at, code, {}, under('v'))).body.outcome).toBe('accepted');
    at.clock.advance(10 * 60_000 - 1);
    expect((await validate(at, code, {}, under('v'))).body.outcome).toBe('accepted');
    at.clock.advance(1);
    expect((await validate(at, code, {}, under('v'))).body).toMatchObject({ outcome: 'rejected', reason: 'wrong' });

    await addUser(at, 'taro');
    const path = '/v1/users/taro/software-token';
    const first = await at.bank('POST', path, order, under('i'));
    at.clock.advance(24 * 3_600_000 - 1);
    expect((await at.bank('POST', path, order, under('i'))).text).toBe(first.text);
    at.clock.advance(1);
    expect((await at.bank('POST', path, order, under('i'))).body.userId).not.toBe(first.body.userId);
  });

  test('are 24 hours one attempt for what else takes a code: resynchronisation and deactivation', async () => {
    const at = await office(manualFile('yamagata-chuo'));
    await person(at, 'jiro');
    const token = await fob(at);
    await activated(at, 'jiro', token);
    at.clock.advance(3_600_000);
    const pair = { otps: [token.code(-1), token.code()] };
    const resynchronise = () => at.bank('POST', '/v1/users/jiro/resynchronisation', pair, under('r'));
    expect((await resynchronise()).body.outcome).toBe('accepted');
    at.clock.advance(24 * 3_600_000 - 1);
    expect((await resynchronise()).body.outcome).toBe('accepted');
    const otp = token.code();
    const deactivate = () => at.bank('POST', '/v1/users/jiro/deactivation', { otp }, under('d'));
    expect((await deactivate()).body.outcome).toBe('accepted');
    at.clock.advance(24 * 3_600_000 - 1);
    expect((await deactivate()).body.outcome).toBe('accepted');
    at.clock.advance(1);
    expect((await deactivate()).body.reason).toBe('nothingToDeactivate');
  });
});

const fobs = '/v1/branch/hardware-tokens';
const seedFile = Buffer.from('00123456,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ,totp,6,60\n').toString('base64');

describe('under one key everything else is done once, and again after 24 hours', () => {
  test.each([
    ['bank', 'POST', '/v1/users/hanako/hardware-token', {}],
    ['bank', 'POST', '/v1/unlocks', { actor: 'hanako', loginIds: ['jiro'] }],
    ['bank', 'POST', '/v1/revocations', { actor: 'hanako', loginIds: ['jiro'], cause: 'other' }],
    ['branch', 'POST', '/v1/branch/unlocks', { ...written, loginIds: ['jiro'] }],
    ['branch', 'POST', '/v1/branch/revocations', { ...written, loginIds: ['jiro'] }],
    ['branch', 'POST', '/v1/branch/compromise-reports', { ...written, loginId: 'jiro', description: 'x' }],
    ['branch', 'POST', `${fobs}/import`, { ...written, file: seedFile }],
    ['branch', 'POST', `${fobs}/10000001/shipment`, { ...written, contractId: 'C-1', cause: 'first' }],
    ['branch', 'POST', `${fobs}/10000001/unlock`, written],
    ['branch', 'PATCH', `${fobs}/10000001`, { ...written, status: 'lost' }],
  ] as const)('%s: %s %s', async (who, method, path, body) => {
    const at = await office({ application: 'selfService' });
    for (const loginId of ['hanako', 'jiro']) await person(at, loginId);
    await fob(at, '10000001', null);
    const ask = () => at[who](method, path, body, under('once'));
    const rows = () => at.rows('SELECT count(*) AS n FROM audit')[0]?.n;
    const first = await ask();
    expect(first.status).toBe(200);
    const before = rows();
    at.clock.advance(24 * 3_600_000 - 1);
    expect((await ask()).text).toBe(first.text);
    expect(rows()).toBe(before);
    at.clock.advance(1);
    expect((await ask()).status).toBe(200);
    expect(rows()).toBeGreaterThan(Number(before));
  });
});

test('the same key with another body is 422 and changes nothing', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
  await validate(at, wrong, {}, under('k'));
  const answer = await validate(at, token.code(), {}, under('k'));
  expect([answer.status, answer.body.code]).toEqual([422, 'unprocessable']);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
});

test('while the first is in flight the same key is 409; exactly one works', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const code = token.code();
  // Somebody else changes the user, so that what is at work stays at work.
  const [held, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  onTestFinished(() => done.resolve());
  const change = at.store.transaction('1001', async (transaction) => {
    await transaction.user('1001', 'hanako');
    held.resolve();
    await done.promise;
  });
  await held.promise;
  const early: Answer[] = [];
  const asked = Array.from({ length: 20 }, async () => {
    const answer = await validate(at, code, {}, under('p'));
    early.push(answer);
    return answer;
  });
  await vi.waitFor(() => expect(early).toHaveLength(19), { timeout: 10_000 });
  for (const answer of early) {
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([409, 'conflict', '1']);
  }
  done.resolve();
  await change;
  const answers = await Promise.all(asked);
  const [accepted, ...others] = answers.filter((answer) => answer.status === 200);
  expect([accepted?.body.outcome, others]).toEqual(['accepted', []]);
  expect((await validate(at, code, {}, under('p'))).text).toBe(accepted?.text);
  expect(at.rows(`SELECT count(*) AS n FROM audit WHERE operation = 'validate'`)).toEqual([{ n: 1 }]);
});

test('two verifiers on one database do the work once and both return its answer or 409', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const wrong = wrongCode(token.code(-1), token.code(), token.code(1));
  const store = await databaseOf(at.folder).open(at.clock.nowMs());
  try {
    const other = asker(createVerifier({ ...at.options, store }), at.apiKey);
    for (let round = 0; round < 4; round++) {
      const body = { loginId: 'hanako', operation: 'transfer', otp: wrong };
      const answers = await Promise.all(
        [at.bank, other].map((ask) => ask('POST', '/v1/validations', body, under(`two-${round}`))),
      );
      for (const answer of answers) expect(answer.body.remainingAttempts).toBe(4 - round);
    }
  } finally {
    await store.close();
  }
  expect(at.rows('SELECT failures FROM tokens')).toEqual([{ failures: 4 }]);
});

test('an answer that still counts stands, whatever another verifier would keep under its key, of which nothing is done', async () => {
  const at = await bench();
  await activeToken(at);
  const store = await databaseOf(at.folder).open(at.clock.nowMs());
  onTestFinished(() => store.close());
  const serviceId = '1001';
  const { token } = (await store.user(serviceId, 'hanako')) ?? expect.unreachable();
  const { tokenId, lastStep } = token ?? expect.unreachable();
  const keyMac = new Uint8Array([1]);
  const nowMs = at.clock.nowMs();
  const along = (status: number, atMs = nowMs): Along => ({
    audit: auditEntry({ serviceId, atMs, operation: 'validate', outcome: 'x', loginId: 'hanako', tokenId }),
    kept: { keyMac, bodyMac: keyMac, sealedAnswer: keyMac, status, expiresAtMs: nowMs + 1_000 },
  });
  await at.store.record(along(201));
  const before = at.rows('SELECT * FROM tokens');
  const key = { serviceId, tokenId, loginId: 'hanako' };
  const step = lastStep + 1;
  const failing = { assignmentStatus: 'active', driftSteps: 0, afterFailures: 5, disableAfterFailures: 100 } as const;
  for (const work of [
    () => store.record(along(202, nowMs + 999)),
    () => store.acceptStep({ ...key, step, drift: { beforeSteps: 0, afterSteps: 0 }, along: along(203) }),
    () => store.countFailure({ ...key, ...failing, along: () => along(204) }),
  ]) {
    await expect(work()).rejects.toThrow(AlreadyAnswered);
  }
  expect((await store.keptAnswer(serviceId, keyMac, nowMs))?.status).toBe(201);
  expect(at.rows('SELECT * FROM tokens')).toEqual(before);
  expect(at.rows("SELECT outcome FROM audit WHERE outcome = 'x'")).toHaveLength(1);
  await store.record(along(205, nowMs + 1_000));
  expect((await store.keptAnswer(serviceId, keyMac, nowMs))?.status).toBe(205);
});

test('after an outage no request removes more than some of the answers that are over, and its own key is free again', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const asks = [
    async () => (await validate(at, token.code(), {}, under('accepted'))).body.outcome,
    async () => (await validate(at, token.code(), {}, under('replayed'))).body.reason,
    async () =>
      (await validate(at, wrongCode(token.code(-1), token.code(), token.code(1)), {}, under('wrong'))).body.reason,
    async () => (await validate(at, token.code(), { loginId: 'nobody' }, under('unknown'))).body.code,
  ];
  const answers = async () => {
    const given = [];
    for (const ask of asks) given.push(await ask());
    return given;
  };
  const count = () => Number(at.rows('SELECT count(*) AS n FROM kept_answers')[0]?.n);
  const first = await answers();
  expect(first).toEqual(['accepted', 'replayed', 'wrong', 'notFound']);
  const planted = Array.from({ length: 5_000 }, (_, i) => {
    const mac = `x'${i.toString(16).padStart(64, '0')}'`;
    return `('1001', ${mac}, ${mac}, 200, ${mac}, ${i})`;
  });
  const columns = 'service_id, key_mac, body_mac, status, sealed_answer, expires_at_ms';
  databaseOf(at.folder).query(`INSERT INTO kept_answers (${columns}) VALUES ${planted.join()}`);
  expect(count()).toBe(5_004);
  at.clock.advance(600_000);
  expect(await answers()).toEqual(first);
  expect(count()).toBeGreaterThan(4_700);
  expect(at.rows(`SELECT count(*) AS n FROM kept_answers WHERE expires_at_ms > ${at.clock.nowMs()}`)).toEqual([
    { n: 4 },
  ]);
});

describe('while one verifier sends the mail of an issue', () => {
  /** Two verifiers on one database; the mail of an order that is under way is answered by command. */
  async function sending() {
    const started = Promise.withResolvers<void>();
    const mailed = Promise.withResolvers<Delivery>();
    const send = () => {
      started.resolve();
      return mailed.promise;
    };
    const at = await bench({ options: { mail: { send } } });
    await addUser(at);
    const store = await databaseOf(at.folder).open(at.clock.nowMs());
    onTestFinished(() => store.close());
    const other = asker(createVerifier({ ...at.options, store }), at.apiKey);
    const first = at.bank('POST', issuePath, order, under('m'));
    await started.promise;
    const again = () => other('POST', issuePath, order, under('m'));
    return { at, other, first, again, mailed };
  }

  test.each(['sent', 'failed'])('another one answers 409, and then that it was %s', async (mail) => {
    const { other, first, again, mailed } = await sending();
    const early = await again();
    expect([early.status, early.body.code, early.headers.get('retry-after')]).toEqual([409, 'conflict', '1']);
    const changed = { ...order, activationPassword: '583921' };
    expect((await other('POST', issuePath, changed, under('m'))).status).toBe(422);
    if (mail === 'sent') mailed.resolve({ by: 'smtp' });
    else mailed.reject(new Error('no such mailbox'));
    const answer = await first;
    expect(answer.body).toMatchObject({ outcome: 'issued', mail });
    expect((await again()).text).toBe(answer.text);
  });

  test('another one waits as long as a mail can take; then it failed, as with a verifier that was killed', async () => {
    const { at, first, again, mailed } = await sending();
    at.clock.advance(longestSendMs - 1);
    expect((await again()).status).toBe(409);
    at.clock.advance(1);
    const late = await again();
    mailed.reject(new Error('too late'));
    expect(late.body.mail).toBe('failed');
    expect(late.text).toBe((await first).text);
  });
});

test('keys of other callers, methods and paths do not meet', async () => {
  const at = await bench();
  const token = await setUp(at);
  await addUser(at, 'taro');
  const otp = token.code();
  await at.bank('POST', '/v1/users/taro/activation', { otp }, under('same'));
  expect((await at.bank('POST', '/v1/users/hanako/activation', { otp }, under('same'))).body.outcome).toBe('accepted');
  const key = await at.key(['bank']);
  const other = { ...under('same'), authorization: `Bearer ${key}` };
  expect((await at.bank('POST', '/v1/users/hanako/activation', { otp }, other)).body.reason).toBe('tokenAlreadyActive');
});

test('a repeat returns the first answer also after a newer key was added to the key file', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const code = token.code();
  const first = await validate(at, code, {}, under('k'));
  expect(first.body.outcome).toBe('accepted');
  const keys = ['testkey1', 'testkey2'].map((id, i) => ({ id, secret: new Uint8Array(32).fill(7 + i) }));
  const later = createVerifier({ ...at.options, keyring: createKeyring(keys, randomBytes) });
  const again = await validate({ bank: asker(later, at.apiKey) }, code, {}, under('k'));
  expect(again.text).toBe(first.text);
});

test('a key that is no key is 400 and named', async () => {
  const at = await bench();
  await addUser(at);
  for (const key of ['', 'a b', 'x'.repeat(256)]) {
    const answer = await validate(at, '12345678', {}, under(key));
    expect([answer.status, answer.body.fields?.[0].path]).toEqual([400, 'idempotency-key']);
  }
});

test('kept answers lie sealed in the database', async () => {
  const at = await bench();
  await addUser(at);
  const { userId } = (await at.bank('POST', issuePath, order, under('sealed-key'))).body;
  const kept = JSON.stringify(at.rows('SELECT hex(sealed_answer) AS a, hex(key_mac) AS k FROM kept_answers'));
  expect(kept).not.toContain(Buffer.from(userId).toString('hex').toUpperCase());
  expect(kept).not.toContain(Buffer.from('sealed-key').toString('hex').toUpperCase());
});

test('a kept answer opens under no other key, whoever copied it there in the database', async () => {
  const at = await bench();
  const token = await activeToken(at);
  const code = token.code();
  expect((await validate(at, code, {}, under('first'))).body.outcome).toBe('accepted');
  at.clock.advance(1);
  const second = await validate(at, code, {}, under('second'));
  expect(second.body.reason).toBe('replayed');
  expect((await validate(at, code, {}, under('second'))).text).toBe(second.text);
  at.rows(`UPDATE kept_answers SET sealed_answer =
    (SELECT sealed_answer FROM kept_answers ORDER BY expires_at_ms LIMIT 1)`);
  expect((await validate(at, code, {}, under('first'))).body.outcome).toBe('accepted');
  expect((await validate(at, code, {}, under('second'))).status).toBe(500);
});
