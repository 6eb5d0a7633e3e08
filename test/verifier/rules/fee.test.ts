import { describe, expect, test } from 'vitest';
import { feeFor, feeOfOrder, feeOfShipment } from '../../../verifier/rules/fee.ts';
import type { EndCause, HardwareRequest } from '../../../verifier/rules/state.ts';
import { noonMs } from './state-fixture.ts';

const fees = { first: 0, additional: 1100, lost: 2200, expiry: 0 };
const free = { kind: 'free', amountYen: 0 };
const additional = { kind: 'additional', amountYen: 1100 };
const reissue = { kind: 'reissue', amountYen: 2200 };

/** Every cause that an assignment can end for; M1 section 3 charges loss and the like, and no expiry. */
const causes: Record<EndCause, object> = {
  lost: reissue,
  stolen: reissue,
  broken: reissue,
  compromised: reissue,
  suspected: reissue,
  expired: free,
  deviceChange: additional,
  other: additional,
  userRemoved: additional,
};

describe('the token that a user orders after one that ended', () => {
  const ended = { status: 'revoked', endedAtMs: noonMs } as const;

  test.each(Object.entries(causes) as [EndCause, object][])('for the cause %s', (cause, fee) => {
    expect(
      feeFor({ ended: { ...ended, kind: 'hardware', cause }, isFirst: false, replacementSent: false }, fees),
    ).toEqual(fee);
  });

  test('is free after an expiry until one was sent for it, and costs after a loss whatever was sent', () => {
    for (const [cause, fee] of Object.entries({ ...causes, expired: additional }) as [EndCause, object][]) {
      const past = { ended: { ...ended, kind: 'hardware', cause }, isFirst: false, replacementSent: true } as const;
      expect([cause, feeFor(past, fees)]).toEqual([cause, fee]);
    }
  });

  test('costs by what came before only where that was hardware: software is free whatever became of it', () => {
    for (const cause of Object.keys(causes) as EndCause[]) {
      expect(
        feeFor({ ended: { ...ended, kind: 'software', cause }, isFirst: true, replacementSent: false }, fees),
      ).toEqual(free);
      expect(
        feeFor({ ended: { ...ended, kind: 'software', cause }, isFirst: false, replacementSent: false }, fees),
      ).toEqual(additional);
    }
  });
});

test('an amount that an institution asks for is never called free', () => {
  const priced = { ...fees, first: 500, expiry: 300 };
  const ended = { status: 'revoked', endedAtMs: noonMs, kind: 'hardware', cause: 'expired' } as const;
  expect(feeFor({ ended, isFirst: false, replacementSent: false }, priced)).toEqual({
    kind: 'reissue',
    amountYen: 300,
  });
  expect(feeOfShipment('expiry', false, priced)).toEqual({ kind: 'reissue', amountYen: 300 });
  expect(feeOfShipment('first', true, priced)).toEqual({ kind: 'additional', amountYen: 500 });
});

test('a shipment called a first one is free for the contract’s first alone', () => {
  expect(feeOfShipment('first', true, fees)).toEqual(free);
  expect(feeOfShipment('first', false, fees)).toEqual(additional);
});

describe('what fulfils an order', () => {
  const told = (fee: object) => ({ requestId: 'r', fee }) as HardwareRequest;
  const fee = (order: HardwareRequest, open = [order], of = fees) => feeOfOrder(order, open, 'first', of);

  test('is free where it is the contract’s first after all, unless the order told so is open still', () => {
    expect(fee(told(additional))).toEqual(free);
    expect(fee(told(additional), [told(free), told(additional)])).toEqual(additional);
    const less = { kind: 'additional', amountYen: 500 };
    expect(fee(told(additional), undefined, { ...fees, first: 500 })).toEqual(less);
    expect(fee(told(additional), [told(less), told(additional)], { ...fees, first: 500 })).toEqual(additional);
  });

  test('never costs more than was told, and a reissue costs what it costs', () => {
    expect(fee(told(additional), undefined, { ...fees, first: 3000 })).toEqual(additional);
    expect(fee(told(reissue))).toEqual(reissue);
    expect(feeOfOrder(told(additional), [told(additional)], 'additional', fees)).toEqual(additional);
  });
});
