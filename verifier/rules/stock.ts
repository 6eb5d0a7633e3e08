import type { Institution } from '../../shared/institution.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { ShipmentCause, ShipmentReason, StockStatus } from '../../shared/wire.ts';
import { feeOfOrder, feeOfShipment, isSameFee } from './fee.ts';
import { refusalOf, tokenMachine } from './machines.ts';
import type { Fee, HardwareRequest, StockEntry, TokenState } from './state.ts';
import { tokenStatus } from './status.ts';

/** The word for a hardware token in the stock list: what was reported of it before its expiry before its counters. */
export function stockStatusOf(
  token: Pick<TokenState, 'status' | 'statusDetail' | 'expiresAtMs' | 'contractId'>,
  nowMs: number,
): StockStatus {
  switch (token.statusDetail) {
    case 'lost':
    case 'stolen':
    case 'broken':
    case 'retired':
      return token.statusDetail;
    case 'compromised':
    case 'suspected':
      return 'disabled';
    case null:
      break;
  }
  const status = tokenStatus(token, nowMs);
  if (status !== 'stock') return status;
  return token.contractId === null ? 'inStock' : 'shipped';
}

export interface Shipment {
  /** As it counts. */
  readonly cause: ShipmentCause;
  readonly fee: Fee;
  readonly order: HardwareRequest | null;
  /** The contract's token in whose place it is sent; null where it is for nobody's or none is known. */
  readonly replaces: StockEntry | null;
}

/** What the branch asks for. */
interface Wanted {
  readonly cause: ShipmentCause;
  readonly requestId: string | null;
  readonly replaces: string | null;
}

/**
 * Whether the branch may send a token of the stock to a contract, and what it costs. If it fulfils an order, the fee is what
 * the user was told, or less if it is the contract's first after all. A cause such as `lost` is believed without a trace of
 * the earlier token, which may be older than this stock.
 * @param orders open orders of the contract, oldest first
 * @param owned the contract's hardware tokens, whatever became of them
 */
export function decideShipment(
  institution: Institution,
  token: TokenState,
  wanted: Wanted,
  orders: readonly HardwareRequest[],
  owned: readonly StockEntry[],
  nowMs: number,
): Result<Shipment, ShipmentReason> {
  if (!institution.kinds.includes('hardware')) return err('kindNotOffered');
  const refusal = refusalOf(tokenMachine.ship, tokenStatus(token, nowMs));
  if (token.contractId !== null) return err(refusal === null ? 'alreadyShipped' : refusal);
  if (refusal !== null) return err(refusal);

  const fees = institution.hardware.feesYen;
  const replaces = replacedBy(wanted, owned);
  const order = orderFor(wanted, replaces, orders, fees);
  if (order === null && wanted.requestId !== null) return err('requestUnknown');
  if (replaces === null && wanted.replaces !== null) return err('replacedUnknown');
  const isFirst = owned.length === 0;
  const cause = wanted.cause === 'first' && !isFirst ? 'additional' : wanted.cause;
  const fee = order === null ? feeOfShipment(cause, isFirst, fees) : feeOfOrder(order, orders, cause, fees);
  return ok({ cause, fee, order, replaces });
}

/**
 * The order that a shipment fulfils. If none is named, a replacement fulfils only an order with the same fee: any other
 * order is somebody else's.
 * @param replaced the token in whose place it is sent, named or found
 */
function orderFor(
  { cause, requestId, replaces }: Wanted,
  replaced: StockEntry | null,
  orders: readonly HardwareRequest[],
  fees: Institution['hardware']['feesYen'],
): HardwareRequest | null {
  if (requestId !== null) return orders.find((order) => order.requestId === requestId) ?? null;
  if (replaces !== null) return null;
  switch (cause) {
    case 'first':
    case 'additional':
      return orders[0] ?? null;
    case 'expiry':
      // The replacement is for the users of the token that ends; they have ordered none.
      if (replaced !== null) return null;
      break;
    case 'lost':
    case 'stolen':
    case 'broken':
      break;
  }
  const fee = feeOfShipment(cause, false, fees);
  return orders.find((order) => isSameFee(order.fee, fee)) ?? null;
}

function replacedBy({ cause, replaces }: Wanted, owned: readonly StockEntry[]): StockEntry | null {
  if (replaces !== null) return owned.find(({ token }) => token.serial === replaces) ?? null;
  const open = owned.filter((entry) => entry.replacedBy === null);
  switch (cause) {
    case 'first':
    case 'additional':
      return null;
    case 'lost':
    case 'stolen':
    case 'broken':
      return open.find(({ token }) => token.statusDetail === cause) ?? null;
    case 'expiry':
      return soonest(open.filter(({ holders }) => holders.length > 0)) ?? null;
  }
}

function soonest(entries: readonly StockEntry[]): StockEntry | undefined {
  const endOf = ({ token }: StockEntry) => token.expiresAtMs ?? Number.POSITIVE_INFINITY;
  return entries.filter(({ token }) => token.expiresAtMs !== null).sort((a, b) => endOf(a) - endOf(b))[0];
}

/** Whether the branch takes a hardware token out of use: always, until it was retired. */
export function decideOutOfUse(token: TokenState): Result<TokenState, 'outOfUse'> {
  const refusal = refusalOf(tokenMachine.report, token.status);
  return refusal !== null || token.statusDetail === 'retired' ? err('outOfUse') : ok(token);
}
