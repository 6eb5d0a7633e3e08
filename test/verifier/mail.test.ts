import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { createVerifier } from '../../verifier/app.ts';
import { inTurn } from '../../verifier/derivations.ts';
import { smtpMailer } from '../../verifier/mail/mailer.ts';
import { activeToken, addUser, asker, bench, issue } from './fixture.ts';

/** A real SMTP server on a free port that keeps what it is given. */
async function smtpServer(accept: boolean, before: () => Promise<void> = async () => {}) {
  const received: { to: string[]; from: string; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: (_address, _session, done) =>
      void before().then(() => done(accept ? null : new Error('no such mailbox'))),
    onData(stream, session, done) {
      let text = '';
      stream.setEncoding('utf8');
      stream.on('data', (data) => {
        text += data;
      });
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(resolve));
  onTestFinished(close);
  return { url: `smtp://127.0.0.1:${port}`, received, close };
}

test.each(['a..b@docomo.ne.jp', 'a.@ezweb.ne.jp', '.a/b+c@softbank.ne.jp'])(
  '%s, as Japanese mobile carriers gave it out, is taken and written to, its first part in quotes',
  async (email) => {
    const at = await bench();
    await addUser(at, 'hanako', { email });
    expect((await issue(at, 'hanako', { email })).body.mail).toBe('sent');
    // RFC 5321 section 4.1.2: in quotes those dots are allowed, and the mailbox is the same.
    expect(at.mails()[0]).toContain(`To: <${email.replace(/(.*)@/, '"$1"@')}>\r\n`);
  },
);

test('goes over SMTP to the address of the issue, readable for a mail program', async () => {
  const server = await smtpServer(true);
  const at = await bench({ options: { mail: smtpMailer(server.url) } });
  await addUser(at);
  const answer = await issue(at);
  expect(answer.body.mail).toBe('sent');
  const [letter] = server.received;
  expect(letter).toMatchObject({ from: 'otp@bank.example', to: ['hanako@example.jp'] });
  const mail = await PostalMime.parse(letter?.text ?? '');
  expect(mail.from?.name).toBe('試験信用組合');
  expect(mail.subject).toContain('試験信用組合');
  expect(mail.date).toBe('2026-11-21T00:00:10.000Z');
  expect(mail.messageId).toMatch(/^<.+@.+>$/);
  expect(mail.headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }));
  expect(mail.text).toContain(answer.body.activationUrl);
  expect(mail.text).not.toContain('583920');
});

test('that is refused or finds no server leaves the issue and says failed', async () => {
  const server = await smtpServer(false);
  const at = await bench({ options: { mail: smtpMailer(server.url) } });
  await addUser(at);
  const headers = { 'idempotency-key': 'm' };
  const order = { email: 'hanako@example.jp', activationPassword: '583920' };
  const refused = await at.bank('POST', '/v1/users/hanako/software-token', order, headers);
  expect(refused.body).toMatchObject({ outcome: 'issued', mail: 'failed' });
  expect((await at.bank('POST', '/v1/users/hanako/software-token', order, headers)).text).toBe(refused.text);
  await server.close();
  expect((await issue(at)).body).toMatchObject({ outcome: 'issued', mail: 'failed' });
  expect((await at.bank('GET', '/v1/users/hanako')).body.otp.status).toBe('issued');
});

test('cannot be given further headers or recipients by what the bank sends or the institution is called', async () => {
  const name = { ja: '信用組合", Bcc: evil@example.com;', en: 'x <evil@example.com>, y' };
  const server = await smtpServer(true);
  const at = await bench({ institution: { name }, options: { mail: smtpMailer(server.url) } });
  await addUser(at);
  await issue(at);
  for (const email of ['a@b.jp, evil@example.com', 'a@b.jp\r\nBcc: evil@example.com', '"a b"@c.jp>']) {
    expect((await issue(at, 'hanako', { email })).status).toBe(400);
  }
  expect(server.received.map((letter) => letter.to)).toEqual([['hanako@example.jp']]);
  const mail = await PostalMime.parse(server.received[0]?.text ?? '');
  expect(mail.bcc ?? []).toEqual([]);
});

test('that a slow server keeps waiting shuts out no code; too many of them, and nothing more is issued', async () => {
  let waiting = 0;
  const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
  const { promise: bothWait, resolve: second } = Promise.withResolvers<void>();
  const server = await smtpServer(true, () => {
    if (++waiting === 2) second();
    return awake;
  });
  const at = await bench({ options: { limits: { inFlight: 2, mails: 2 } } });
  const token = await activeToken(at, 'saburo');
  const slow = asker(createVerifier({ ...at.options, mail: smtpMailer(server.url) }), at.apiKey);
  for (const loginId of ['hanako', 'jiro', 'shiro']) await addUser({ bank: slow }, loginId);
  const issues = ['hanako', 'jiro'].map((loginId) => issue({ bank: slow }, loginId));
  await bothWait;
  const code = { loginId: 'saburo', operation: 'transfer', otp: token.code() };
  expect((await slow('POST', '/v1/validations', code)).body.outcome).toBe('accepted');
  // A bank that asks again under the same key means this attempt: a refusal for the moment is not its answer for good.
  const keyed: typeof slow = (method, path, body) => slow(method, path, body, { 'idempotency-key': 'attempt-0001' });
  const refused = await issue({ bank: keyed }, 'shiro');
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([503, 'unavailable', '10']);
  expect((await slow('GET', '/v1/users/shiro')).body.otp.status).toBe('unregistered');
  wake();
  expect((await Promise.all(issues)).map(({ body }) => body.mail)).toEqual(['sent', 'sent']);
  expect((await issue({ bank: keyed }, 'shiro')).body.mail).toBe('sent');
});

test('whoever waited for a confirmation password while the mails grew too many is refused too', async () => {
  const { promise: awake, resolve: wake } = Promise.withResolvers<void>();
  const { promise: mailing, resolve: begin } = Promise.withResolvers<void>();
  const server = await smtpServer(true, () => {
    begin();
    return awake;
  });
  const at = await bench({ options: { mail: smtpMailer(server.url), limits: { mails: 1 } } });
  const confirmationPassword = 'correct horse';
  await addUser(at, 'hanako', { confirmationPassword });
  await addUser(at, 'jiro');
  const { promise: turn, resolve: release } = Promise.withResolvers<void>();
  for (let i = 0; i < 2; i++) void inTurn(() => turn);
  const confirmed = issue(at, 'hanako', { confirmationPassword });
  const first = issue(at, 'jiro');
  await mailing;
  release();
  expect(await confirmed).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  wake();
  expect((await first).body.mail).toBe('sent');
});
