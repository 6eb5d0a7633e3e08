import { holdersOf } from './holding.ts';
import { endForAll } from './revocation.ts';
import { unlockToken } from './unlocking.ts';
import {
  answer,
  type Expected,
  type Fee,
  type Holding,
  inUse,
  isExpired,
  problem,
  type Token,
  text,
  type User,
  type World,
} from './world.ts';

/** Hardware tokens by serial. */
const stockOf = (world: World): Token[] =>
  Object.values(world.tokens)
    .filter(({ kind }) => kind === 'hardware')
    .sort((a, b) => ((a.serial ?? '') < (b.serial ?? '') ? -1 : 1));

const bySerial = (world: World, serial: string | null): Token | null =>
  stockOf(world).find((token) => token.serial === serial) ?? null;

function stockStatus(world: World, token: Token): string {
  const { detail, condition, contractId } = token;
  if (detail === 'compromised' || detail === 'suspected') return 'disabled';
  if (detail !== null) return detail;
  if (isExpired(world, token)) return 'expired';
  if (condition !== 'stock') return condition;
  return contractId === null ? 'inStock' : 'shipped';
}

const users = (world: World, token: Token): User[] => holdersOf(world, token).filter((user) => inUse(user) !== null);

/** The token that was shipped in a token's place last and is not out of use itself. */
function replacement(world: World, { serial }: Token): Token | null {
  const sent = stockOf(world).filter(({ shipment, detail }) => detail === null && shipment?.replaces === serial);
  return sent.sort((a, b) => (b.shipment?.atMs ?? 0) - (a.shipment?.atMs ?? 0))[0] ?? null;
}

export interface StockQuery {
  readonly status?: string;
  readonly contractId?: string;
  readonly expiringBefore?: string;
  readonly inUse?: 'true' | 'false';
  readonly replaced?: 'true' | 'false';
}

export function listStock(world: World, query: StockQuery): object[] {
  const { status, contractId, expiringBefore } = query;
  const said = (wanted: 'true' | 'false' | undefined, is: boolean) =>
    wanted === undefined || (wanted === 'true') === is;
  const found = stockOf(world).filter((token) => {
    if (status !== undefined && stockStatus(world, token) !== status) return false;
    if (contractId !== undefined && token.contractId !== contractId) return false;
    if (expiringBefore !== undefined && !((token.expiresAtMs ?? Infinity) <= Date.parse(expiringBefore))) return false;
    return (
      said(query.inUse, users(world, token).length > 0) && said(query.replaced, replacement(world, token) !== null)
    );
  });
  const byEnd = expiringBefore !== undefined || status === 'expired';
  if (byEnd) found.sort((a, b) => (a.expiresAtMs ?? 0) - (b.expiresAtMs ?? 0));
  return found.map((token) => ({
    serial: token.serial,
    status: stockStatus(world, token),
    contractId: token.contractId,
    expiresAt: text(token.expiresAtMs),
    shippedAt: text(token.shipment?.atMs ?? null),
    holders: users(world, token).map(({ loginId, name, role }) => ({ loginId, name, role })),
    replaces: token.shipment?.replaces ?? null,
    replacedBy: replacement(world, token)?.serial ?? null,
  }));
}

interface Order {
  readonly user: User;
  readonly holding: Holding & { readonly requestId: string; readonly fee: Fee };
}

/** Open orders, oldest first. */
function ordersOf(world: World): Order[] {
  return Object.values(world.users)
    .flatMap((user): Order[] => {
      const { present } = user;
      if (user.removed || present?.stage !== 'requested' || present.requestId === null || present.fee === null)
        return [];
      return [{ user, holding: present as Order['holding'] }];
    })
    .sort((a, b) => a.holding.requestedAtMs - b.holding.requestedAtMs);
}

export function listRequests(world: World): Expected {
  const items = ordersOf(world).map(({ user, holding }) => ({
    requestId: holding.requestId,
    loginId: user.loginId,
    name: user.name,
    contractId: user.contractId,
    requestedAt: text(holding.requestedAtMs),
    fee: holding.fee,
  }));
  return answer({ items, nextCursor: null });
}

export interface Shipping {
  readonly contractId: string;
  readonly cause: string;
  readonly requestId?: string;
  readonly replaces?: string;
}

function shipmentRefusal(world: World, token: Token): string | null {
  if (!world.institution.kinds.includes('hardware')) return 'kindNotOffered';
  if (isExpired(world, token)) return 'tokenExpired';
  if (token.condition === 'locked') return 'locked';
  if (token.condition !== 'stock') return 'serialNotReusable';
  return token.contractId === null ? null : 'alreadyShipped';
}

/** The token in whose place one is sent. */
function replacedFor(world: World, owned: readonly Token[], { cause, replaces }: Shipping): Token | null {
  if (replaces !== undefined) return owned.find(({ serial }) => serial === replaces) ?? null;
  const waiting = owned.filter((token) => replacement(world, token) === null);
  if (cause === 'first' || cause === 'additional') return null;
  if (cause !== 'expiry') return waiting.find(({ detail }) => detail === cause) ?? null;
  const ending = waiting.filter((token) => token.expiresAtMs !== null && users(world, token).length > 0);
  return ending.sort((a, b) => (a.expiresAtMs ?? 0) - (b.expiresAtMs ?? 0))[0] ?? null;
}

function shipmentFee(world: World, cause: string): Fee {
  const { first, additional, lost, expiry } = world.institution.hardware.feesYen;
  switch (cause) {
    case 'first':
      return { kind: first === 0 ? 'free' : 'additional', amountYen: first };
    case 'additional':
      return { kind: 'additional', amountYen: additional };
    case 'expiry':
      return { kind: expiry === 0 ? 'free' : 'reissue', amountYen: expiry };
    default:
      return { kind: 'reissue', amountYen: lost };
  }
}

/** The order that is fulfilled where none is named: a replacement takes only what was ordered as one. */
function unnamedOrder(
  world: World,
  orders: readonly Order[],
  { cause, replaces }: Shipping,
  replaced: Token | null,
): Order | undefined {
  if (replaces !== undefined) return undefined;
  if (cause === 'first' || cause === 'additional') return orders[0];
  if (cause === 'expiry' && replaced !== null) return undefined;
  const { kind, amountYen } = shipmentFee(world, cause);
  return orders.find(({ holding: { fee } }) => fee.kind === kind && fee.amountYen === amountYen);
}

/** What was told with the order; a contract's first costs no more than that, unless an open order has that fee. */
function orderFee(world: World, orders: readonly Order[], { holding }: Order, cause: string): Fee {
  const first = shipmentFee(world, 'first');
  const promised = orders.some(({ holding: { fee } }) => fee.kind === first.kind && fee.amountYen === first.amountYen);
  const lower = cause === 'first' && holding.fee.kind === 'additional' && first.amountYen < holding.fee.amountYen;
  return lower && !promised ? first : holding.fee;
}

/** A token of the stock goes to a contract, and fulfils the order of one of its users. */
export function ship(world: World, serial: string, body: Shipping): Expected {
  const { contractId, requestId, replaces } = body;
  if (replaces !== undefined && ['first', 'additional'].includes(body.cause)) return problem(400);
  const token = bySerial(world, serial);
  if (token === null) return problem(404);
  if (world.contracts[contractId] === undefined) return problem(422);
  const refusal = shipmentRefusal(world, token);
  if (refusal !== null) return answer({ outcome: 'refused', reason: refusal });
  const orders = ordersOf(world).filter(({ user }) => user.contractId === contractId);
  const owned = stockOf(world).filter((other) => other.contractId === contractId);
  const replaced = replacedFor(world, owned, body);
  const named = orders.find(({ holding }) => holding.requestId === requestId);
  const order = requestId === undefined ? unnamedOrder(world, orders, body, replaced) : named;
  if (requestId !== undefined && order === undefined) return answer({ outcome: 'refused', reason: 'requestUnknown' });
  if (replaces !== undefined && replaced === null) return answer({ outcome: 'refused', reason: 'replacedUnknown' });

  const cause = body.cause === 'first' && owned.length > 0 ? 'additional' : body.cause;
  const fee = order === undefined ? shipmentFee(world, cause) : orderFee(world, orders, order, cause);
  token.contractId = contractId;
  token.shipment = { replaces: replaced?.serial ?? null, atMs: world.nowMs };
  if (order !== undefined) {
    order.holding.stage = 'issued';
    order.user.sent.push(token.name);
  }
  return answer({
    outcome: 'shipped',
    serial,
    contractId,
    cause,
    fee,
    requestId: order?.holding.requestId ?? null,
    replaces: replaced?.serial ?? null,
    expiresAt: text(token.expiresAtMs),
  });
}

/** A token is lost, stolen, broken or retired: it ends for everybody. */
export function takeOutOfUse(world: World, serial: string, status: string): Expected {
  const token = bySerial(world, serial);
  if (token === null) return problem(404);
  if (token.detail === 'retired') {
    return answer({ outcome: 'refused', reason: 'outOfUse', serial, status: 'retired', results: [] });
  }
  const cause = status !== 'retired' ? status : isExpired(world, token) ? 'expired' : 'other';
  const results = endForAll(world, token, cause);
  token.condition = 'disabled';
  token.detail = status;
  return answer({ outcome: 'done', reason: null, serial, status, results });
}

export function unlockSerial(world: World, serial: string): Expected {
  const token = bySerial(world, serial);
  if (token === null) return problem(404);
  const told = (reason: string | null) => {
    const outcome = reason === null ? 'unlocked' : 'refused';
    return answer({ outcome, reason, serial, status: stockStatus(world, token) });
  };
  if (isExpired(world, token)) return told('tokenExpired');
  if (token.condition === 'disabled') return told('mustBeReissued');
  if (token.condition !== 'locked') return told('notLocked');
  unlockToken(world, token);
  return told(null);
}
