import { expect, test } from 'vitest';
import { createVerifier } from '../../verifier/app.ts';
import { addUser, bench } from '../verifier/fixture.ts';
import { VerifierUnavailable, verifierCalls } from './verifier-calls.ts';

test('an issue whose first try is still at work may be made again as the same attempt, and is one issue', async () => {
  const mail = Promise.withResolvers<{ by: 'outbox'; file: string }>();
  const mailing = Promise.withResolvers<void>();
  let mails = 0;
  const at = await bench({
    options: {
      mail: {
        send: () => {
          mails += 1;
          mailing.resolve();
          return mail.promise;
        },
      },
    },
  });
  await addUser(at);
  const app = createVerifier(at.options);
  const answers: Promise<Response>[] = [];
  const calls = verifierCalls({
    baseUrl: 'https://otp.example',
    apiKey: at.apiKey,
    async fetch(url, init) {
      const answer = Promise.resolve(app.request(url, init));
      if (answers.push(answer) > 1) return answer;
      // The mail server is slow, and the bank does not wait for the first answer.
      await mailing.promise;
      throw new DOMException('timed out', 'TimeoutError');
    },
  });
  const order = { email: 'hanako@example.jp', activationPassword: '583920' };
  const issue = () => calls.issueSoftwareToken('hanako', order, 'attempt-1');
  await expect(issue()).rejects.toBeInstanceOf(VerifierUnavailable);
  mail.resolve({ by: 'outbox', file: 'one' });
  const first = await (await answers[0])?.json();
  expect(first).toMatchObject({ outcome: 'issued', mail: 'sent' });
  expect(await issue()).toEqual(first);
  expect(mails).toBe(1);
});
