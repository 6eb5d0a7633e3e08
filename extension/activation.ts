import type { JWK } from 'jose';
import { lockCodePattern, normaliseDigits } from '../shared/digits.ts';
import {
  deriveSeed,
  type Envelope,
  isFillableOrigin,
  openEnvelope,
  type PublicKey,
  publicHalfSchema,
  thumbprintOf,
} from '../shared/envelope.ts';
import { normaliseUserId } from '../shared/user-id.ts';
import { parseActivationLink, parseVerifierAddress } from './activation-link.ts';
import type { Clocks } from './clocks.ts';
import { maximumTokens, type Request, type Response, type SetUpFailure } from './messages.ts';
import { createQueue } from './serially.ts';
import type { NewToken, Vault } from './vault.ts';
import type { SessionArea } from './vault-lock.ts';
import type { VerifierClient } from './verifier-client.ts';

export interface ActivationParts {
  readonly vault: Vault;
  readonly session: SessionArea;
  readonly verifier: VerifierClient;
  readonly clocks: Pick<Clocks, 'measure' | 'measured'>;
}

type Failed = { readonly outcome: 'failed'; readonly reason: SetUpFailure; readonly waitMs: number };
type SetUpRequest = Request<'setUp'>;
type Ids = { readonly serviceId: string; readonly userId: string };

type SameUser = SetUpRequest['sameUser'];
/** A set-up of this session of the browser: its key pair, and once it succeeded the token that it brought. */
type SetUp =
  | { readonly key: JWK; readonly sameUser?: SameUser }
  | { readonly tokenId: string; readonly attempt?: string | undefined };
/** What may go on: `added`, where it succeeded before and only the answer was lost. */
type Prepared =
  | { readonly outcome: 'ready'; readonly replaces: string | null }
  | { readonly outcome: 'added'; readonly tokenId: string };
type SetUps = Record<string, SetUp>;
const setUpsKey = 'setUps';

export type Activation = ReturnType<typeof createActivation>;

/** The set-up (初期設定): Service ID, User ID and activation password become a token in the vault. */
export function createActivation({ vault, session, verifier, clocks }: ActivationParts) {
  const serially = createQueue();

  /**
   * Opens the vault as the request says, before anything is sent, and looks whether it may take the token: what it will
   * replace, null for nothing.
   */
  async function prepareVault(
    { lock, sameUser, attempt }: SetUpRequest,
    ids: Ids,
    known: SetUp | undefined,
  ): Promise<Failed | Prepared> {
    const state = await vault.state();
    if (state === 'empty') {
      if (lock === null || !('create' in lock)) return failed('vaultClosed');
      const fits = lockCodePattern.test(normaliseDigits(lock.create));
      return fits ? { outcome: 'ready', replaces: null } : failed('lockCodeWrong');
    }
    if (lock !== null) {
      // A vault that exists already keeps its lock code, so a new one has to be the same.
      const opening = await vault.open('open' in lock ? lock.open : lock.create);
      if (opening.outcome === 'erased') return failed('vaultErased');
      if (opening.outcome === 'wrong') return failed('lockCodeWrong', opening.waitMs);
      if (opening.outcome === 'wait') return failed('lockCodeWait', opening.waitMs);
    }
    const tokens = await vault.list();
    if (tokens === null) return failed('vaultClosed');
    // Of several the one that was added last; the others stay.
    const same = tokens.findLast((token) => isOf(token, ids));
    // It succeeded, and the answer was lost when the browser stopped the background.
    if (known !== undefined && 'tokenId' in known && known.attempt === attempt) {
      const { tokenId } = known;
      if (tokens.some(({ id }) => id === tokenId)) return { outcome: 'added', tokenId };
    }
    // One that is under way was asked before, and may have added its token already.
    const choice = sameUser ?? (known !== undefined && 'key' in known ? (known.sameUser ?? 'keepBoth') : undefined);
    if (same !== undefined && choice === undefined) return failed('sameUser');
    const replaces = choice === 'replace' ? (same?.id ?? null) : null;
    if (replaces === null && tokens.length >= maximumTokens) return failed('full');
    return { outcome: 'ready', replaces };
  }

  /** The key pair of this set-up: the same one again after a lost answer, since the verifier knows its public half. */
  async function keyOf(known: SetUp | undefined, id: string, sameUser: SameUser): Promise<JWK> {
    if (known !== undefined && 'key' in known) return known.key;
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const key = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JWK;
    await keep(id, { key, ...(sameUser === undefined ? {} : { sameUser }) });
    return key;
  }

  async function setUps(): Promise<SetUps> {
    return ((await session.get(setUpsKey))[setUpsKey] ?? {}) as SetUps;
  }

  async function keep(id: string, setUp: SetUp): Promise<void> {
    await session.set({ [setUpsKey]: { ...(await setUps()), [id]: setUp } });
  }

  async function setUp(
    request: SetUpRequest,
  ): Promise<{ readonly outcome: 'added'; readonly tokenId: string } | Failed> {
    const address = parseVerifierAddress(request.address);
    if (address === null) return failed('unreachable');
    const ids: Ids = {
      serviceId: normaliseDigits(request.serviceId),
      userId: normaliseDigits(request.userId).toUpperCase(),
    };
    const { serviceId, userId } = ids;
    const id = JSON.stringify([address, serviceId, normaliseUserId(userId)]);
    const known = (await setUps())[id];
    const prepared = await prepareVault(request, ids, known);
    if (prepared.outcome !== 'ready') return prepared;

    const activationPassword = normaliseDigits(request.activationPassword);
    const privateKey = await keyOf(known, id, request.sameUser);
    const publicKey = publicHalfSchema.parse(privateKey);
    const answer = await verifier.provision(address, { serviceId, userId, activationPassword, publicKey });
    if (!answer.ok) {
      if (answer.reason === 'malformed') return failed('provisioningRefused');
      return failed(answer.reason, answer.reason === 'tooManyTries' ? answer.waitMs : 0);
    }
    if (answer.value === null) return failed('provisioningRefused');
    const token = await openAnswer(answer.value, privateKey, publicKey, ids);
    if (token === null) return failed('answerNotTrusted');

    const { lock } = request;
    if (lock !== null && 'create' in lock && (await vault.state()) === 'empty' && !(await vault.create(lock.create))) {
      return failed('lockCodeWrong');
    }
    const arrived = { ...token, verifier: address, clock: await clocks.measured(address) };
    const added = await vault.add(arrived, prepared.replaces);
    if (!added.ok) return failed(added.reason);
    const { attempt } = request;
    await keep(id, { tokenId: added.value, ...(attempt === undefined ? {} : { attempt }) });
    return { outcome: 'added', tokenId: added.value };
  }

  return {
    /** Looks whether a verifier answers at an address or at a pasted link, and how far this clock is from its own. */
    async checkVerifier(text: string): Promise<Response<'checkVerifier'>> {
      const address = parseActivationLink(text)?.address ?? parseVerifierAddress(text);
      if (address === null) return { outcome: 'addressWrong' };
      const answer = await clocks.measure(address);
      if (!answer.ok) {
        if (answer.reason === 'tooManyTries') return { outcome: 'tooManyTries', waitMs: answer.waitMs };
        return { outcome: answer.reason === 'unreachable' ? 'unreachable' : 'notAVerifier' };
      }
      return { outcome: 'reached', address, host: new URL(address).host, clockDifferenceMs: answer.value };
    },

    /** One set-up after another, so that a second click does not add a second token. */
    setUp: (request: SetUpRequest) => serially(() => setUp(request)),
  };
}

/** The token of the answer; null where it is not for this key and these IDs, or names an origin that none may fill. */
async function openAnswer(
  jwe: string,
  privateKey: JWK,
  publicKey: PublicKey,
  asked: Ids,
): Promise<Omit<NewToken, 'verifier' | 'clock'> | null> {
  let envelope: Envelope;
  try {
    envelope = await openEnvelope(jwe, privateKey);
  } catch {
    return null;
  }
  if (!isOf(envelope, asked)) return null;
  if (!envelope.origins.every(isFillableOrigin)) return null;
  return {
    serviceId: envelope.serviceId,
    userId: envelope.userId,
    institution: envelope.institution,
    seed: await deriveSeed(envelope.secret, await thumbprintOf(publicKey)),
    algorithm: envelope.algorithm,
    digits: envelope.digits,
    periodSeconds: envelope.period,
    origins: envelope.origins,
    fieldHints: envelope.fieldHints,
    expiresAtMs: envelope.expiresAt === null ? null : Date.parse(envelope.expiresAt),
  };
}

/** Whether a token or an answer, which the verifier spells in its own way, is of these IDs, as people type them. */
function isOf(what: Ids, ids: Ids): boolean {
  const isSameUser = normaliseUserId(what.userId) === normaliseUserId(ids.userId);
  return isSameUser && normaliseDigits(what.serviceId) === ids.serviceId;
}

function failed(reason: SetUpFailure, waitMs = 0): Failed {
  return { outcome: 'failed', reason, waitMs };
}
