import type { JWK } from 'jose';
import { lockCodePattern, normaliseDigits } from '../shared/digits.ts';
import {
  deriveSeed,
  type Envelope,
  isFillableOrigin,
  openEnvelope,
  type PublicKey,
  publicKeySchema,
  thumbprintOf,
} from '../shared/envelope.ts';
import { parseActivationLink, parseVerifierAddress } from './activation-link.ts';
import type { Clocks } from './clocks.ts';
import type { Request, Response, SetUpFailure } from './messages.ts';
import { createQueue } from './serially.ts';
import { maximumTokens, type NewToken, type Vault } from './vault.ts';
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

/** A set-up of this session of the browser: its key pair, and once it succeeded the token that it brought. */
type SetUp = { readonly key: JWK } | { readonly tokenId: string };
type SetUps = Record<string, SetUp>;
const setUpsKey = 'setUps';

export type Activation = ReturnType<typeof createActivation>;

/** The set-up (初期設定): Service ID, User ID and activation password become a token in the vault. */
export function createActivation({ vault, session, verifier, clocks }: ActivationParts) {
  const serially = createQueue();

  /** Opens or creates the vault as the request says before anything is sent; null where all is well. */
  async function prepareVault(lock: SetUpRequest['lock']): Promise<Failed | null> {
    const state = await vault.state();
    if (state === 'empty') {
      if (lock === null || !('create' in lock)) return failed('vaultClosed');
      return lockCodePattern.test(normaliseDigits(lock.create)) ? null : failed('lockCodeWrong');
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
    return tokens.length >= maximumTokens ? failed('full') : null;
  }

  /** The key pair of this set-up: the same one again after a lost answer, since the verifier knows its public half. */
  async function keyOf(known: SetUp | undefined, id: string): Promise<JWK> {
    if (known !== undefined && 'key' in known) return known.key;
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits']);
    const key = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JWK;
    await keep(id, { key });
    return key;
  }

  async function setUps(): Promise<SetUps> {
    return ((await session.get(setUpsKey))[setUpsKey] ?? {}) as SetUps;
  }

  async function keep(id: string, setUp: SetUp): Promise<void> {
    await session.set({ [setUpsKey]: { ...(await setUps()), [id]: setUp } });
  }

  async function holds(tokenId: string): Promise<boolean> {
    return ((await vault.list()) ?? []).some((token) => token.id === tokenId);
  }

  async function setUp(
    request: SetUpRequest,
  ): Promise<{ readonly outcome: 'added'; readonly tokenId: string } | Failed> {
    const address = parseVerifierAddress(request.address);
    if (address === null) return failed('unreachable');
    const refused = await prepareVault(request.lock);
    if (refused !== null) return refused;

    const [serviceId, userId] = [normaliseDigits(request.serviceId), normaliseUserId(request.userId)];
    const activationPassword = normaliseDigits(request.activationPassword);
    const id = JSON.stringify([address, serviceId, userId]);
    const known = (await setUps())[id];
    // It succeeded, and the answer was lost when the browser stopped the background.
    if (known !== undefined && 'tokenId' in known && (await holds(known.tokenId)))
      return { outcome: 'added', ...known };
    const privateKey = await keyOf(known, id);
    const publicKey = publicKeySchema.strip().parse(privateKey);
    const answer = await verifier.provision(address, { serviceId, userId, activationPassword, publicKey });
    if (!answer.ok) {
      if (answer.reason === 'malformed') return failed('provisioningRefused');
      return failed(answer.reason, answer.reason === 'tooManyTries' ? answer.waitMs : 0);
    }
    if (answer.value === null) return failed('provisioningRefused');
    const token = await openAnswer(answer.value, privateKey, publicKey, { serviceId, userId });
    if (token === null) return failed('answerNotTrusted');

    const { lock } = request;
    if (lock !== null && 'create' in lock && (await vault.state()) === 'empty' && !(await vault.create(lock.create))) {
      return failed('lockCodeWrong');
    }
    const added = await vault.add({ ...token, verifier: address, clock: await clocks.measured(address) });
    if (!added.ok) return failed(added.reason);
    await keep(id, { tokenId: added.value });
    return { outcome: 'added', tokenId: added.value };
  }

  return {
    /** Looks whether a verifier answers at an address or at a pasted link, and how far this clock is from its own. */
    async checkVerifier(text: string): Promise<Response<'checkVerifier'>> {
      const address = parseActivationLink(text)?.address ?? parseVerifierAddress(text);
      if (address === null) return { outcome: 'addressWrong' };
      const answer = await clocks.measure(address);
      if (!answer.ok) return { outcome: answer.reason === 'unreachable' ? 'unreachable' : 'notAVerifier' };
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
  asked: { readonly serviceId: string; readonly userId: string },
): Promise<Omit<NewToken, 'verifier' | 'clock'> | null> {
  let envelope: Envelope;
  try {
    envelope = await openEnvelope(jwe, privateKey);
  } catch {
    return null;
  }
  if (normaliseDigits(envelope.serviceId) !== asked.serviceId) return null;
  if (normaliseUserId(envelope.userId) !== asked.userId) return null;
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

/** User IDs are printed in capitals and groups; people type them as they like, and the verifier takes that too. */
function normaliseUserId(text: string): string {
  return normaliseDigits(text).toUpperCase();
}

function failed(reason: SetUpFailure, waitMs = 0): Failed {
  return { outcome: 'failed', reason, waitMs };
}
