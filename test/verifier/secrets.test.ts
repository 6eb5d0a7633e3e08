import { expect, test } from 'vitest';
import { databaseOf } from './database.ts';
import { type Answer, addUser, bench, browser } from './fixture.ts';
import { base32Bytes, independentCode, independentSeed } from './totp.ts';

/** Every form in which a secret could lie in a file or a line. */
function formsOf(secret: Uint8Array): Buffer[] {
  const bytes = Buffer.from(secret);
  return [bytes, ...(['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(bytes.toString(form)))];
}

test('seed, OTP, activation password, API key and confirmation password are in no log, answer or database file', async () => {
  const at = await bench();
  const confirmationPassword = 'canary-confirmation-67f1';
  const activationPassword = '90417263';
  const answers: Answer[] = [];
  const kept =
    (by: typeof at.bank): typeof at.bank =>
    async (...args) => {
      const answer = await by(...args);
      answers.push(answer);
      return answer;
    };
  const ask = kept(at.bank);
  const anyone = kept(at.anyone);
  await addUser({ bank: ask }, 'hanako', { confirmationPassword, email: 'hanako@example.jp' });
  const order = { email: 'hanako@example.jp', activationPassword, confirmationPassword };
  const { userId } = (await ask('POST', '/v1/users/hanako/software-token', order, { 'idempotency-key': 'k1' })).body;
  const by = await browser();
  const setup = { serviceId: '1001', userId, activationPassword, publicKey: by.publicKey };
  const provisioned = await anyone('POST', '/v1/provisioning', setup);
  const { secret } = await by.open(provisioned.body.token);
  const seed = independentSeed(secret, by.thumbprint);
  const otp = independentCode(seed, at.institution.otp, at.clock.nowMs());
  await ask('POST', '/v1/users/hanako/activation', { otp }, { 'idempotency-key': 'k2' });
  for (const wrong of [otp, `${otp}9`, '00000000'])
    await ask('POST', '/v1/validations', { loginId: 'hanako', operation: 'transfer', otp: wrong });
  // Misuse that holds secrets where they do not belong.
  await ask('POST', '/v1/validations', `{"otp": "${otp}", "x": ${activationPassword}`);
  await ask('POST', '/v1/validations', { loginId: 'hanako', operation: 'transfer', otp, note: confirmationPassword });
  await ask('PUT', '/v1/users/hanako', { contractId: 'C-1', name: 'x', role: 'x', confirmationPassword });
  await anyone('POST', '/v1/provisioning', { ...setup, publicKey: { ...by.publicKey, d: secret } });
  await anyone('GET', `/nothing/${otp}?key=${at.apiKey}`);
  await ask('GET', '/v1/users', undefined, { 'idempotency-key': confirmationPassword });
  await ask('POST', '/v1/users/hanako/software-token', { ...order, confirmationPassword: `${confirmationPassword}x` });

  const secrets = new Map<string, Buffer[]>([
    ['seed', formsOf(seed)],
    ['secret', [...formsOf(base32Bytes(secret)), Buffer.from(secret)]],
    ['OTP', [Buffer.from(otp)]],
    ['activation password', [Buffer.from(activationPassword)]],
    ['confirmation password', [Buffer.from(confirmationPassword)]],
    ['API key', [Buffer.from(at.apiKey.split('_').slice(2).join('_'))]],
    ['keyring', formsOf(new Uint8Array(32).fill(7))],
  ]);
  const places = new Map<string, Buffer>([
    ['log', Buffer.from(at.logs.join(''))],
    ['answers', Buffer.from(answers.map((answer) => answer.text).join('\n'))],
    ...databaseOf(at.folder).contents(),
  ]);
  expect(Math.max(...[...databaseOf(at.folder).contents().values()].map(({ length }) => length))).toBeGreaterThan(1000);
  expect(at.logs.length).toBeGreaterThan(10);
  for (const [place, content] of places) {
    for (const [name, forms] of secrets) {
      for (const form of forms) expect([place, name, content.includes(form)]).toEqual([place, name, false]);
    }
  }
  // The log holds no IDs either: of the address only the route's pattern.
  expect(at.logs.join('')).not.toContain('hanako');
  expect(at.logs.join('')).not.toContain(userId);
});
