import { describe, expect, test } from 'vitest';
import { activeToken, issue, setUp } from './fixture.ts';
import { activate, activated, fob, manualFile, office, otpOf, person, written } from './office.ts';

type Office = Awaited<ReturnType<typeof office>>;
const order = (at: Office, loginId = 'hanako', body: object = {}) =>
  at.bank('POST', `/v1/users/${loginId}/hardware-token`, body);
/** The tokens of issues and orders that were replaced, null for an order, as the log tells. */
const ended = async (at: Office) => {
  const rows = at.rows(`SELECT actor, login_id, outcome, reason, token_id FROM audit
    WHERE operation = 'cancelIssue' ORDER BY audit_id`);
  const common = { actor: at.apiKey.split('_')[1], login_id: 'hanako', outcome: 'cancelled', reason: 'replaced' };
  return rows.map(({ token_id, ...row }) => {
    expect(row).toEqual(common);
    return token_id;
  });
};
const yamagata = (change: object = {}) => office(manualFile('yamagata-chuo', change));

describe('an order of a hardware token (M2)', () => {
  test('stands on the branch’s list until it is shipped, and is fulfilled by serial and OTP', async () => {
    const at = await yamagata();
    await person(at, 'hanako');
    const ordered = (await order(at)).body;
    expect(ordered).toEqual({
      outcome: 'requested',
      requestId: expect.stringMatching(/^[0-9a-f]{16}$/),
      fee: { kind: 'free', amountYen: 0 },
    });
    expect(await otpOf(at, 'hanako')).toMatchObject({
      status: 'issued',
      kind: 'hardware',
      serial: null,
      expiresAt: null,
    });
    expect((await at.branch('GET', '/v1/branch/requests')).body).toEqual({
      items: [
        {
          requestId: ordered.requestId,
          loginId: 'hanako',
          name: 'hanako',
          contractId: 'C-1',
          requestedAt: new Date(at.clock.nowMs()).toISOString(),
          fee: ordered.fee,
        },
      ],
      nextCursor: null,
    });
    const token = await fob(at, '00123456', 'C-1', { requestId: ordered.requestId });
    expect((await at.branch('GET', '/v1/branch/requests')).body.items).toEqual([]);
    const requirement = await at.bank('GET', '/v1/users/hanako/requirement?operation=login');
    expect(requirement.body).toMatchObject({ otp: 'notRequired', reason: 'issued', next: 'activation' });
    expect((await activate(at, 'hanako', token.code(), token.serial)).body.outcome).toBe('accepted');
    expect(at.rows('SELECT status, request_id FROM assignments')).toEqual([
      { status: 'active', request_id: ordered.requestId },
    ]);
  });

  test('asks for the confirmation password of those who have one', async () => {
    const at = await yamagata();
    await person(at, 'hanako', 'general', { confirmationPassword: 'correct horse' });
    expect((await order(at)).status).toBe(400);
    expect((await order(at, 'hanako', { confirmationPassword: 'wrong' })).body.reason).toBe(
      'confirmationPasswordWrong',
    );
    expect((await order(at, 'hanako', { confirmationPassword: 'correct horse' })).body.outcome).toBe('requested');
  });

  test('stands in the log with its number, and a refused one with its reason', async () => {
    const at = await yamagata();
    await person(at, 'hanako', 'general', { confirmationPassword: 'correct horse' });
    await order(at, 'hanako', { confirmationPassword: 'wrong' });
    const { requestId } = (await order(at, 'hanako', { confirmationPassword: 'correct horse' })).body;
    const rows = at.rows(`SELECT actor, login_id, outcome, reason, reference FROM audit
      WHERE operation = 'requestHardware' ORDER BY audit_id`);
    const common = { actor: at.apiKey.split('_')[1], login_id: 'hanako' };
    expect(rows).toEqual([
      { ...common, outcome: 'refused', reason: 'confirmationPasswordWrong', reference: null },
      { ...common, outcome: 'requested', reason: null, reference: requestId },
    ]);
  });

  test('is called off without a trace, and replaced by another order or an issue of software', async () => {
    const at = await yamagata();
    await person(at, 'hanako');
    await order(at);
    expect((await at.bank('DELETE', '/v1/users/hanako/issue')).body).toEqual({ outcome: 'cancelled' });
    expect((await otpOf(at, 'hanako')).status).toBe('unregistered');
    const [first, second] = [(await order(at)).body, (await order(at)).body];
    expect(second.fee).toEqual(first.fee);
    const { items } = (await at.branch('GET', '/v1/branch/requests')).body;
    expect(items.map((item: { requestId: string }) => item.requestId)).toEqual([second.requestId]);
    await issue(at);
    expect((await at.branch('GET', '/v1/branch/requests')).body.items).toEqual([]);
    expect((await otpOf(at, 'hanako')).kind).toBe('software');
    await setUp(at);
    await order(at);
    expect(at.rows(`SELECT count(*) AS n FROM tokens WHERE status = 'active'`)).toEqual([{ n: 0 }]);
  });

  test('or an issue that another one takes the place of has its end in the log, with the token that ended', async () => {
    const at = await yamagata();
    await person(at, 'hanako');
    for (const next of [order, order, issue, issue, order]) await next(at);
    const [first, second] = at.rows(`SELECT token_id FROM audit WHERE operation = 'issueSoftware' ORDER BY audit_id`);
    expect(await ended(at)).toEqual([null, null, first?.token_id, second?.token_id]);
    // One that its time has ended already is not ended once more.
    await issue(at);
    at.clock.advance(30 * 86_400_000);
    await issue(at);
    expect(await ended(at)).toHaveLength(5);
  });

  test('is refused by the branch’s application, by kind, by start date, and for a token in use', async () => {
    const branch = await office(manualFile('seikyo'));
    await person(branch, 'hanako');
    expect((await order(branch)).body).toEqual({ outcome: 'refused', reason: 'branchApplicationRequired' });
    const software = await office(manualFile('kenshin'));
    await person(software, 'hanako');
    expect((await order(software)).body.reason).toBe('kindNotOffered');
    const at = await yamagata();
    await activeToken(at);
    expect((await order(at)).body.reason).toBe('tokenAlreadyActive');
    await at.bank('PUT', '/v1/contracts/C-2', { kind: 'business', name: 'x', otpStartsOn: '2026-12-01' });
    await at.bank('PUT', '/v1/users/later', { contractId: 'C-2', name: 'x', role: 'general' });
    expect((await order(at, 'later')).body.reason).toBe('beforeStartDate');
    expect((await order(at, 'nobody')).status).toBe(404);
  });

  test('is gated after a revocation where the institution gates the issue', async () => {
    const at = await yamagata({ reissue: { gates: 'issue', waitMinutes: 30, closed: null } });
    await person(at, 'hanako');
    await activated(at, 'hanako', await fob(at));
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
    const opensAt = new Date(at.clock.nowMs() + 30 * 60_000).toISOString();
    expect((await order(at)).body).toEqual({ outcome: 'refused', reason: 'reissueTooEarly', reissuableAt: opensAt });
    at.clock.advance(30 * 60_000);
    expect((await order(at)).body.outcome).toBe('requested');
  });

  test('pages through the list, each once, oldest first', async () => {
    const at = await yamagata();
    const ids = Array.from({ length: 6 }, (_, i) => `user${i}`);
    for (const id of ids) {
      await person(at, id);
      await order(at, id);
      if (id === 'user3') at.clock.advance(1000);
    }
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await at.branch('GET', `/v1/branch/requests?limit=3${query}`);
      expect(body.items).not.toEqual([]);
      seen.push(...body.items.map((item: { loginId: string }) => item.loginId));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual(ids);
    expect(seen.slice(0, 4).toSorted()).toEqual(ids.slice(0, 4));
    expect((await at.branch('GET', '/v1/branch/requests?cursor=x')).body.fields[0].path).toBe('cursor');
  });
});

describe('the fee (M1 section 3)', () => {
  const selfService = { application: 'selfService', reissue: { waitMinutes: 0, closed: null } };
  const priced = { ...selfService, hardware: { feesYen: { first: 0, additional: 1100, lost: 2200, expiry: 0 } } };

  test('is nothing for the contract’s first and the additional one’s for the next, ordered or shipped', async () => {
    const at = await office(priced);
    for (const id of ['hanako', 'jiro']) await person(at, id);
    await person(at, 'other', 'general', { contractId: 'C-2' });
    expect((await order(at, 'hanako')).body.fee).toEqual({ kind: 'free', amountYen: 0 });
    expect((await order(at, 'jiro')).body.fee).toEqual({ kind: 'additional', amountYen: 1100 });
    await fob(at, '00123456', 'C-2');
    expect((await order(at, 'other')).body.fee).toEqual({ kind: 'additional', amountYen: 1100 });
    // Neither another contract's order nor one that was called off comes before a first, nor an issue of software.
    await person(at, 'goro', 'general', { contractId: 'C-3' });
    expect((await issue(at, 'goro')).body.outcome).toBe('issued');
    for (const id of ['saburo', 'shiro']) {
      await person(at, id, 'general', { contractId: 'C-3' });
      expect((await order(at, id)).body.fee).toEqual({ kind: 'free', amountYen: 0 });
      await at.bank('DELETE', `/v1/users/${id}/issue`);
    }
  });

  test.each([
    ['lost', { kind: 'reissue', amountYen: 2200 }],
    ['stolen', { kind: 'reissue', amountYen: 2200 }],
    ['broken', { kind: 'reissue', amountYen: 2200 }],
    ['expired', { kind: 'free', amountYen: 0 }],
    ['other', { kind: 'additional', amountYen: 1100 }],
  ])('after a revocation for the cause %s', async (cause, fee) => {
    const at = await office(priced);
    await person(at, 'hanako');
    await activated(at, 'hanako', await fob(at));
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'], cause });
    expect((await order(at)).body.fee).toEqual(fee);
  });

  const free = { kind: 'free', amountYen: 0 };
  const additional = { kind: 'additional', amountYen: 1100 };

  test.each([
    ['lost', free, additional],
    ['expired', free, additional],
  ])('what a user had under another contract, %s, decides nothing', async (cause, first, further) => {
    for (const [loginId, has] of [
      ['hanako', false],
      ['jiro', true],
    ] as const) {
      const at = await office(priced);
      await person(at, loginId);
      await activated(at, loginId, await fob(at));
      await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: [loginId], cause });
      // Somebody new under the login ID of a user who is gone.
      if (has) await at.bank('DELETE', `/v1/users/${loginId}`);
      await person(at, loginId, 'general', { contractId: 'C-2' });
      if (has) await fob(at, '10000002', 'C-2');
      const fee = has ? further : first;
      expect((await order(at, loginId)).body.fee).toEqual(fee);
      // Nor by an order that is replaced.
      expect((await order(at, loginId)).body.fee).toEqual(fee);
    }
  });

  test.each(['replaced', 'called off'])(
    'of a replacement after expiry is nothing once, though its order is %s',
    async (how) => {
      const at = await office(priced);
      await person(at, 'hanako');
      await activated(at, 'hanako', await fob(at));
      await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'], cause: 'expired' });
      const again = async () => {
        if (how === 'called off') await at.bank('DELETE', '/v1/users/hanako/issue');
        return (await order(at)).body;
      };
      expect((await order(at)).body.fee).toEqual(free);
      const { fee, requestId } = await again();
      expect(fee).toEqual(free);
      const sent = await fob(at, '10000002', null);
      const path = `/v1/branch/hardware-tokens/${sent.serial}`;
      const shipment = { ...written, contractId: 'C-1', cause: 'expiry', requestId };
      expect((await at.branch('POST', `${path}/shipment`, shipment)).body).toMatchObject({ outcome: 'shipped', fee });
      expect((await again()).fee).toEqual(additional);
      // The one that was sent never came: it is out of use, and the replacement is still to be had.
      await at.branch('PATCH', path, { ...written, status: 'lost' });
      expect((await again()).fee).toEqual(free);
    },
  );

  test('is nothing where the token had expired, though nobody gave that as the cause', async () => {
    const at = await office(priced);
    await person(at, 'hanako');
    await activated(at, 'hanako', await fob(at, '00123456', 'C-1', { expiresAtMs: at.clock.nowMs() + 600_000 }));
    at.clock.advance(600_000);
    await at.branch('POST', '/v1/branch/revocations', { ...written, loginIds: ['hanako'] });
    expect((await order(at)).body.fee).toEqual({ kind: 'free', amountYen: 0 });
  });
});
