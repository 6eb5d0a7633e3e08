import type { Institution } from '../../shared/institution.ts';
import type { ShipmentCause } from '../../shared/wire.ts';
import type { EndedAssignment, Fee, HardwareRequest } from './state.ts';

/** What decides on the fee of an order beside the institution. */
export interface OrderPast {
  /** Whether the contract has and had no hardware token, ordered ones included. */
  readonly isFirst: boolean;
  /** The user's last token; null where they had none, or only under another contract: that one paid for it. */
  readonly ended: EndedAssignment | null;
  /** Whether a token was sent in its place already that is not out of use. */
  readonly replacementSent: boolean;
}

const noToken = { ended: null, replacementSent: false } as const;

/**
 * What a hardware token costs (M1 section 3): the contract's first is free, each further one is charged, one after loss
 * and the like is charged, one in place of an expired one is free, once. The amounts are the institution's.
 */
export function feeFor({ isFirst, ended, replacementSent }: OrderPast, fees: Institution['hardware']['feesYen']): Fee {
  if (ended?.kind === 'hardware') {
    switch (ended.cause) {
      case 'lost':
      case 'stolen':
      case 'broken':
      case 'compromised':
      case 'suspected':
        return { kind: 'reissue', amountYen: fees.lost };
      case 'expired':
        if (replacementSent) break;
        return { kind: fees.expiry === 0 ? 'free' : 'reissue', amountYen: fees.expiry };
      case 'deviceChange':
      case 'other':
      case 'userRemoved':
      case null:
        break;
    }
  }
  if (isFirst) return { kind: fees.first === 0 ? 'free' : 'additional', amountYen: fees.first };
  return { kind: 'additional', amountYen: fees.additional };
}

/**
 * What a shipment costs (M1 section 3). A `first` is free once per contract: M1 charges the second one whatever it is
 * called.
 * @param isFirst whether the contract has and had no hardware token
 */
export function feeOfShipment(cause: ShipmentCause, isFirst: boolean, fees: Institution['hardware']['feesYen']): Fee {
  switch (cause) {
    case 'first':
      return feeFor({ ...noToken, isFirst }, fees);
    case 'additional':
      return feeFor({ ...noToken, isFirst: false }, fees);
    case 'lost':
    case 'stolen':
    case 'broken':
      return { kind: 'reissue', amountYen: fees.lost };
    case 'expiry':
      return { kind: fees.expiry === 0 ? 'free' : 'reissue', amountYen: fees.expiry };
  }
}

/**
 * What a shipment costs that fulfils an order: what the user was told, never more. A contract's first token is free (M1
 * section 3), even if the user was told otherwise because of an earlier order that was called off since. An earlier order
 * that is still open counts as the first.
 * @param open the contract's open orders, this one among them
 * @param cause as it counts: `first` is the contract's first
 */
export function feeOfOrder(
  { fee: told }: HardwareRequest,
  open: readonly HardwareRequest[],
  cause: ShipmentCause,
  fees: Institution['hardware']['feesYen'],
): Fee {
  if (cause !== 'first' || told.kind !== 'additional') return told;
  const first = feeFor({ ...noToken, isFirst: true }, fees);
  if (open.some(({ fee }) => isSameFee(fee, first))) return told;
  return first.amountYen < told.amountYen ? first : told;
}

export function isSameFee(a: Fee, b: Fee): boolean {
  return a.kind === b.kind && a.amountYen === b.amountYen;
}
