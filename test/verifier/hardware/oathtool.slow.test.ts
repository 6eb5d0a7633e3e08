import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { oathtoolCodes } from '../oathtool.ts';
import { activate, check, type Office, office, person } from '../office.ts';
import type { Parameters } from '../totp.ts';

const kinds: readonly Parameters[] = (['SHA1', 'SHA256'] as const).flatMap((algorithm) =>
  [6, 8].flatMap((digits) => [30, 60].map((periodSeconds) => ({ algorithm, digits, periodSeconds }))),
);
const tokensPerKind = 125;

interface Token {
  readonly serial: string;
  readonly loginId: string;
  readonly seed: Buffer;
}

async function imported(at: Office, tokens: readonly Token[], parameters: Parameters): Promise<void> {
  const { algorithm, digits, periodSeconds } = parameters;
  const rows = tokens.map(({ serial, seed }) =>
    [serial, seed.toString('hex'), 'totp', digits, periodSeconds, algorithm].join(','),
  );
  const file = Buffer.from(`${rows.join('\n')}\n`).toString('base64');
  const path = '/v1/branch/hardware-tokens/import';
  const answer = await at.branch('POST', path, { operator: 'S-1', document: 'D-1', file });
  expect(answer.body).toMatchObject({ outcome: 'imported', accepted: tokens.map(({ serial }) => serial), refused: [] });
  await at.store.transaction('1001', async (transaction) => {
    for (const { serial } of tokens) await transaction.shipToken(at.institution.serviceId, serial, 'C-1', null);
  });
}

test.each(kinds)(
  'activates and validates 125 random tokens of $algorithm, $digits digits, $periodSeconds s by the codes of oathtool',
  async (parameters) => {
    const at = await office();
    const tokens = Array.from({ length: tokensPerKind }, (_, i) => ({
      serial: String(10_000_000 + i),
      loginId: `user${i}`,
      seed: randomBytes(parameters.algorithm === 'SHA1' ? 20 : 32),
    }));
    await imported(at, tokens, parameters);
    for (const { loginId } of tokens) await person(at, loginId);
    // Few at a time: as many processes as tokens would only wait for each other.
    const codes: (readonly string[])[] = [];
    for (let from = 0; from < tokens.length; from += 8) {
      const some = tokens.slice(from, from + 8);
      codes.push(...(await Promise.all(some.map(({ seed }) => oathtoolCodes(seed, parameters, at.clock.nowMs(), 1)))));
    }
    const activations = await Promise.all(
      tokens.map(({ loginId, serial }, i) => activate(at, loginId, codes[i]?.[0] ?? '', serial)),
    );
    expect(activations.map(({ body }) => body.token?.serial)).toEqual(tokens.map(({ serial }) => serial));
    at.clock.advance(parameters.periodSeconds * 1000);
    const validations = await Promise.all(tokens.map(({ loginId }, i) => check(at, loginId, codes[i]?.[1] ?? '')));
    expect(validations.map(({ body }) => body.outcome)).toEqual(tokens.map(() => 'accepted'));
    const again = await Promise.all(tokens.map(({ loginId }, i) => check(at, loginId, codes[i]?.[1] ?? '')));
    expect(again.map(({ body }) => body.reason)).toEqual(tokens.map(() => 'replayed'));
  },
);
