import type { Facts } from './calls.ts';
import type { Expected, StockQuery } from './model.ts';
import * as model from './model.ts';
import { contractIdOf, exchange } from './run.ts';
import { type Sender, written } from './sender.ts';

const path = '/v1/branch/hardware-tokens';

const serialOf = (send: Sender, number: number): string => send.world.tokens[`fob ${number}`]?.serial ?? '00000000';

async function ship(send: Sender, { fob, who, cause, order, inPlaceOf }: Facts<'ship'>): Promise<void> {
  const serial = serialOf(send, fob);
  const user = send.user(who);
  const theirs = user?.present?.requestId ?? null;
  const requestId = order === 'unknown' ? '0123456789abcdef' : order === 'theirs' ? theirs : null;
  const body = {
    contractId: user?.contractId ?? 'none',
    cause,
    ...(requestId === null ? {} : { requestId }),
    ...(inPlaceOf === null ? {} : { replaces: serialOf(send, inPlaceOf) }),
  };
  const expected = (world: model.World) => model.ship(world, serial, body);
  await send.post(`${path}/${serial}/shipment`, { ...written, ...body }, expected, 'branch');
  await listStock(send, everything);
}

const everything = { query: {}, limit: 500 };

/** The whole list, page by page. */
async function listStock(send: Sender, { query: wanted, limit }: Facts<'listStock'>): Promise<void> {
  const { contract, endsWithinHours, ...others } = wanted;
  const endsMs = send.world.nowMs + (endsWithinHours ?? 0) * 3_600_000;
  const query: StockQuery = {
    ...others,
    ...(contract === undefined ? {} : { contractId: contractIdOf(send.run.prefix, contract) }),
    ...(endsWithinHours === undefined ? {} : { expiringBefore: new Date(endsMs).toISOString() }),
  };
  const all = model.listStock(send.world, query);
  let cursor: string | null = null;
  for (let from = 0; from === 0 || from < all.length; from += limit) {
    const asked: Record<string, string> = { ...query, limit: String(limit), ...(cursor === null ? {} : { cursor }) };
    const request = { who: 'branch', method: 'GET', path: `${path}?${new URLSearchParams(asked)}` } as const;
    const { body } = await exchange(send.run, send.at, request, (_, { body: page }): Expected => {
      const goesOn = from + limit < all.length;
      const nextCursor = goesOn ? (page.nextCursor ?? 'one') : null;
      return { status: 200, body: { items: all.slice(from, from + limit), nextCursor } };
    });
    cursor = body.nextCursor;
  }
}

/** What the branch does with hardware tokens by their serials. */
export const stockCommands = {
  ship,
  listStock,
  async takeOutOfUse(send: Sender, { fob, status }: Facts<'takeOutOfUse'>): Promise<void> {
    const serial = serialOf(send, fob);
    const request = {
      who: 'branch',
      method: 'PATCH',
      path: `${path}/${serial}`,
      body: { ...written, status },
    } as const;
    await exchange(send.run, send.at, request, (world) => model.takeOutOfUse(world, serial, status));
    await listStock(send, everything);
  },
  async unlockSerial(send: Sender, { fob }: Facts<'unlockSerial'>): Promise<void> {
    const serial = serialOf(send, fob);
    const expected = (world: model.World) => model.unlockSerial(world, serial);
    await send.post(`${path}/${serial}/unlock`, written, expected, 'branch');
  },
  async listRequests(send: Sender): Promise<void> {
    const request = { who: 'branch', method: 'GET', path: '/v1/branch/requests' } as const;
    await exchange(send.run, send.at, request, (world) => model.listRequests(world));
  },
};
