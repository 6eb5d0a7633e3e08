import { describe, expect, test } from 'vitest';
import { bench } from '../fixture.ts';
import { activate, office, person } from '../office.ts';
import { independentCode } from '../totp.ts';
import { stock } from './support.ts';
import { pskcFile } from './writer.ts';

const path = '/v1/branch/hardware-tokens/import';
const branchFields = { operator: 'S-0042', document: 'D-2026-0815' };
const tokens = [
  { serial: '10000001', seed: Buffer.from('a seed that nobody may see here.') },
  { serial: '10000002', seed: Buffer.from('and another, which is also of 32') },
];
const { text, key } = pskcFile(tokens, { scheme: 'aes256-cbc', mac: 'sha256' });
const file = Buffer.from(text).toString('base64');

describe('POST /v1/branch/hardware-tokens/import', () => {
  test('brings a file into stock, whose tokens then activate', async () => {
    const at = await office();
    const dry = await at.branch('POST', path, { ...branchFields, file, key, dryRun: true });
    expect(dry.body).toEqual({
      outcome: 'checked',
      accepted: ['10000001', '10000002'],
      refused: [],
      held: [],
      signature: 'none',
    });
    expect(stock(at)).toEqual([]);
    const done = await at.branch('POST', path, { ...branchFields, file, key });
    expect(done.body).toEqual({ ...dry.body, outcome: 'imported' });
    expect(stock(at).map(({ seed }) => Buffer.from(seed, 'hex').toString())).toEqual(
      tokens.map(({ seed }) => seed.toString()),
    );

    await person(at, 'hanako');
    const { serviceId } = at.institution;
    await at.store.transaction(serviceId, (transaction) => transaction.shipToken(serviceId, '10000001', 'C-1', null));
    const parameters = { algorithm: 'SHA1', digits: 6, periodSeconds: 60 } as const;
    const code = independentCode(tokens[0]?.seed ?? Buffer.alloc(0), parameters, at.clock.nowMs());
    expect((await activate(at, 'hanako', code, '10000001')).body).toMatchObject({ outcome: 'accepted' });
  });

  test('keeps the drift that the vendor knew: the first code is searched around it', async () => {
    const seed = Buffer.from('a seed that nobody may see here.');
    const parameters = { algorithm: 'SHA1', digits: 6, periodSeconds: 60 } as const;
    for (const [drift, away, outcome] of [
      [8, 13, 'accepted'],
      [8, 2, 'rejected'],
      [-8, -8, 'accepted'],
    ] as const) {
      const at = await office();
      const drifted = pskcFile([{ serial: '10000001', seed, drift }]);
      const body = { ...branchFields, file: Buffer.from(drifted.text).toString('base64') };
      expect((await at.branch('POST', path, body)).body.outcome).toBe('imported');
      await person(at, 'hanako');
      const { serviceId } = at.institution;
      await at.store.transaction(at.institution.serviceId, (transaction) =>
        transaction.shipToken(serviceId, '10000001', 'C-1', null),
      );
      const code = independentCode(seed, parameters, at.clock.nowMs(), away);
      expect((await activate(at, 'hanako', code, '10000001')).body).toMatchObject({ outcome });
      const expected = outcome === 'accepted' ? away : drift;
      expect(at.rows('SELECT drift_steps FROM tokens')).toEqual([{ drift_steps: expected }]);
    }
  });

  test('tells record by record why nothing came in, and writes down who tried', async () => {
    const at = await office();
    const list = Buffer.from('10000001,3132333435363738393031323334353637383930,totp\n10000002,,totp\n').toString(
      'base64',
    );
    const answer = await at.branch('POST', path, { ...branchFields, file: list });
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        outcome: 'refused',
        accepted: [],
        refused: [{ serial: '10000002', record: 2, reason: 'seedMissing' }],
        held: ['10000001'],
        signature: 'none',
      },
    ]);
    expect(
      at.rows('SELECT operation, outcome, reason, operator, document FROM audit ORDER BY audit_id DESC LIMIT 1'),
    ).toEqual([{ operation: 'importHardware', outcome: 'refused', reason: 'seedMissing', ...branchFields }]);
  });

  test('answers the same again under an Idempotency-Key, and imports once', async () => {
    const at = await office();
    const headers = { 'idempotency-key': 'box-7' };
    const first = await at.branch('POST', path, { ...branchFields, file, key }, headers);
    expect(await at.branch('POST', path, { ...branchFields, file, key }, headers)).toMatchObject({ body: first.body });
    expect(first.body.outcome).toBe('imported');
    expect((await at.branch('POST', path, { ...branchFields, file, key })).body.refused[0].reason).toBe(
      'duplicateInStock',
    );
    expect(stock(at)).toHaveLength(2);
  });

  test.each([
    ['no operator', { document: 'D-1', file }, 'operator'],
    ['no document where one is demanded', { operator: 'S-1', file }, 'document'],
    ['a file that is no base64', { ...branchFields, file: '<xml>' }, 'file'],
    ['a key that is no hex', { ...branchFields, file, key: 'secret' }, 'key'],
    ['a key and a password', { ...branchFields, file, key, password: 'x' }, 'password'],
    ['a private key that is none', { ...branchFields, file, privateKey: 'PEM' }, 'privateKey'],
  ])('400 for %s', async (_, body, field) => {
    const at = await office();
    const answer = await at.branch('POST', path, body);
    expect([answer.status, answer.body.fields?.[0]?.path]).toEqual([400, field]);
    expect(answer.text).not.toContain(key);
  });

  test('takes a body beyond the limit of all other routes, up to its own, and no bank’s key', async () => {
    const at = await office();
    const many = Array.from({ length: 3_000 }, (_, i) => `${20_000_000 + i},${'ab'.repeat(20)},totp,6,60\n`).join('');
    const large = Buffer.from(many).toString('base64');
    expect((await at.branch('POST', path, { ...branchFields, file: large })).body.accepted).toHaveLength(3_000);
    expect((await at.branch('POST', path, { ...branchFields, file: 'A'.repeat(10_000_000) })).status).toBe(413);
    expect((await at.bank('POST', path, { ...branchFields, file })).status).toBe(403);
    expect((await at.anyone('POST', path, { ...branchFields, file })).status).toBe(401);
  });

  test('seeds, keys and passwords stand nowhere in log, audit rows and answers', async () => {
    const at = await bench();
    const headers = { authorization: `Bearer ${await at.key(['branch'])}` };
    const password = 'a-password-nobody-sees';
    const answers = [
      await at.bank('POST', path, { ...branchFields, file, key }, headers),
      await at.bank('POST', path, { ...branchFields, file, password }, headers),
      await at.bank('POST', path, { ...branchFields, file, key: 'zz', password }, headers),
    ];
    const written =
      at.logs.join('') + JSON.stringify(at.rows('SELECT * FROM audit')) + answers.map((a) => a.text).join('');
    for (const { seed } of tokens) {
      for (const secret of [seed.toString(), seed.toString('hex'), seed.toString('base64')])
        expect(written).not.toContain(secret);
    }
    for (const secret of [key, password]) expect(written).not.toContain(secret);
  });
});
