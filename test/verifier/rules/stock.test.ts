import { describe, expect, test } from 'vitest';
import type { HardwareRequest, StockEntry, TokenState } from '../../../verifier/rules/state.ts';
import { decideShipment, stockStatusOf } from '../../../verifier/rules/stock.ts';
import { institutionOf } from '../fixture.ts';
import { aFob, noonMs } from './state-fixture.ts';

const institution = institutionOf({ hardware: { feesYen: { first: 0, additional: 1100, lost: 2200, expiry: 0 } } });
const dayMs = 86_400_000;
const inStock: TokenState = { ...aFob, serial: '90000001', status: 'stock', contractId: null };
const hanako = { loginId: 'hanako', name: 'hanako', role: 'general' } as const;

/** A token of the contract that somebody uses, some of it changed. */
const owned = (serial: string, token: Partial<TokenState> = {}, more: Partial<StockEntry> = {}): StockEntry => ({
  token: { ...aFob, ...token, serial },
  shippedAtMs: 0,
  holders: [hanako],
  replaces: null,
  replacedBy: null,
  ...more,
});

function replaced(cause: 'first' | 'additional' | 'lost' | 'stolen' | 'broken' | 'expiry', entries: StockEntry[]) {
  const decided = decideShipment(institution, inStock, { cause, requestId: null, replaces: null }, [], entries, noonMs);
  if (!decided.ok) throw new Error(decided.reason);
  return decided.value.replaces?.token.serial ?? null;
}

describe('the token in whose place one is sent', () => {
  test.each(['lost', 'stolen', 'broken'] as const)('for %s is one that was reported so and not otherwise', (cause) => {
    const others = ['lost', 'stolen', 'broken', 'compromised', 'suspected', 'retired'] as const;
    const entries = others
      .filter((detail) => detail !== cause)
      .map((detail) => owned(detail, { statusDetail: detail }));
    expect(replaced(cause, [owned('10000001'), ...entries])).toBeNull();
    const reported = owned('10000002', { statusDetail: cause }, { holders: [] });
    expect(replaced(cause, [...entries, { ...reported, replacedBy: '1' }])).toBeNull();
    expect(replaced(cause, [...entries, reported])).toBe('10000002');
  });

  test('for an expiry is the one in use that ends first and has none in its place', () => {
    const ends = (days: number) => ({ expiresAtMs: noonMs + days * dayMs });
    const entries = [
      owned('without an end'),
      owned('unused', ends(1), { holders: [] }),
      owned('replaced', ends(2), { replacedBy: '1' }),
      owned('later', ends(4)),
      owned('sooner', ends(3)),
      owned('latest', ends(5)),
    ];
    expect(replaced('expiry', entries)).toBe('sooner');
    expect(replaced('expiry', entries.slice(0, 3))).toBeNull();
  });

  test('is none for a first or a further one', () => {
    const entries = [owned('10000001', { statusDetail: 'lost', expiresAtMs: noonMs })];
    expect([replaced('first', entries), replaced('additional', entries)]).toEqual([null, null]);
  });
});

test('a shipment in place of a named token takes no order that is not named, though it costs the same', () => {
  const fee = { kind: 'reissue', amountYen: 2200 } as const;
  const order = { requestId: 'r', loginId: 'jiro', userName: 'jiro', contractId: 'C-1', requestedAtMs: 0, fee };
  const orders: HardwareRequest[] = [order];
  const entries = [owned('10000001', { statusDetail: 'lost' })];
  const ship = (requestId: string | null, replaces: string | null) =>
    decideShipment(institution, inStock, { cause: 'lost', requestId, replaces }, orders, entries, noonMs);
  expect(ship(null, '10000001')).toMatchObject({ value: { order: null, replaces: { token: { serial: '10000001' } } } });
  expect(ship('r', '10000001')).toMatchObject({ value: { order } });
  expect(ship(null, null)).toMatchObject({ value: { order } });
});

test('what was reported of a token stands in the list before its expiry', () => {
  const words = { lost: 'lost', stolen: 'stolen', broken: 'broken', retired: 'retired' } as const;
  const details = { ...words, compromised: 'disabled', suspected: 'disabled' } as const;
  for (const [detail, word] of Object.entries(details)) {
    const token = { ...aFob, status: 'disabled', statusDetail: detail as keyof typeof details } as const;
    expect(stockStatusOf({ ...token, expiresAtMs: noonMs }, noonMs)).toBe(word);
  }
  expect(stockStatusOf({ ...aFob, status: 'disabled', expiresAtMs: noonMs }, noonMs)).toBe('expired');
});
