import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { placeOf, rowsOfPlace } from '../../verifier/store/places.ts';
import { activeToken, type Bench, bench, validate } from './fixture.ts';
import { check, manualFile, office, person, revoke } from './office.ts';
import { loggedToken } from './sealing.ts';

/** Two login IDs that lead to one place: among some hundred thousand without order there are such. */
function neighbours(): readonly [string, string] {
  const found = new Map<number, string>();
  for (let user = 0; ; user++) {
    const loginId = hash('sha256', `user ${user}`).slice(0, 16);
    const [first] = placeOf('1001', loginId);
    const other = found.get(first);
    if (other !== undefined) return [other, loginId];
    found.set(first, loginId);
  }
}

const rowsOf = (at: Bench, loginId: string) =>
  at
    .rows('SELECT login_id, token_row FROM holders')
    .filter((row) => row.login_id === loginId)
    .map((row) => row.token_row);

test('a place is where databases have it since the first: institution and login ID say it, nothing else', () => {
  // By the CRC-32 of `python3 -c 'import zlib; print(zlib.crc32(b"1001 hanako") * 256)'`.
  expect(placeOf('1001', 'hanako')).toEqual([873592909056, 873592909056 + 255]);
  expect(placeOf('1001', '花子')).toEqual([697853947136, 697853947136 + 255]);
});

test('the tokens of two users whose login IDs lead to one place lie there side by side, and no code counts for the other', async () => {
  const at = await bench();
  const [one, other] = neighbours();
  const [first] = placeOf('1001', one);
  const tokens = [await activeToken(at, one), await activeToken(at, other)];
  expect([rowsOf(at, one), rowsOf(at, other)]).toEqual([[first], [first + 1]]);
  at.clock.advance(60_000);
  const [code, otherCode] = tokens.map((token) => token.code());
  expect((await validate(at, otherCode ?? '', { loginId: one })).body.reason).toBe('wrong');
  expect((await validate(at, code ?? '', { loginId: other })).body.reason).toBe('wrong');
  expect((await validate(at, code ?? '', { loginId: one })).body.outcome).toBe('accepted');
  expect((await validate(at, otherCode ?? '', { loginId: other })).body.outcome).toBe('accepted');
});

test('a new token lies behind the one that it replaces, which is not found there any more', async () => {
  const at = await office(manualFile('kumashin'));
  const [first] = placeOf(at.institution.serviceId, 'hanako');
  const old = await activeToken(at);
  expect(rowsOf(at, 'hanako')).toEqual([first]);
  await person(at, 'boss', 'master');
  expect((await revoke(at, 'boss', ['hanako'])).body.outcome).toBe('done');
  expect(rowsOf(at, 'hanako')).toEqual([]);
  at.clock.advance(31 * 60_000);
  const next = await activeToken(at);
  expect(rowsOf(at, 'hanako')).toEqual([first + 1]);
  expect((await check(at, 'hanako', old.code(), 'login')).body.reason).toBe('wrong');
  expect((await check(at, 'hanako', next.code(), 'login')).body.outcome).toBe('accepted');
});

test('a user whose place is full gets a token elsewhere, whose codes count once as any', async () => {
  const at = await bench();
  const [first, last] = placeOf('1001', 'hanako');
  await at.store.transaction('1001', async (transaction) => {
    for (let i = 0; i < rowsOfPlace; i++) await transaction.addToken(loggedToken(`t${i}`), 'hanako');
  });
  const token = await activeToken(at);
  const [row] = rowsOf(at, 'hanako');
  expect(row).toSatisfy((found: number) => found < first || found > last);
  expect((await validate(at, token.code())).body.outcome).toBe('accepted');
  expect((await validate(at, token.code())).body.reason).toBe('replayed');
});
