import { isFresh, maximumCorrectionMs } from './clock-limits.ts';
import type { Request, Response } from './messages.ts';
import type { ClockRecord } from './token-record.ts';
import type { Vault } from './vault.ts';
import type { SessionArea } from './vault-lock.ts';
import type { CallFailure, VerifierClient } from './verifier-client.ts';

export interface ClocksParts {
  readonly vault: Vault;
  readonly session: SessionArea;
  readonly verifier: Pick<VerifierClient, 'time'>;
  readonly clock: () => number;
  /** Whether the person lets clocks be checked from time to time. */
  readonly isAllowed: () => Promise<boolean>;
}

/** An answer that took longer says too little about the time. Milliseconds. */
const maximumRoundTripMs = 10_000;
const [hourMs, dayMs] = [3_600_000, 86_400_000];
/** What was asked since the browser started, by address: the last success for the set-up, the last question for the pace. */
const sessionKey = 'clocks';
type Measurement = Pick<ClockRecord, 'differenceMs' | 'checkedAtMs'>;
type Asked = Record<string, { readonly askedAtMs: number; readonly measured: Measurement | null }>;

type Measured = { readonly ok: true; readonly value: number } | ({ readonly ok: false } & CallFailure);

export type Clocks = ReturnType<typeof createClocks>;

/**
 * This computer's clock beside the verifiers'. What a verifier says changes no code by itself: a person confirms the
 * correction that they see, for that verifier's tokens alone, and can take it back.
 */
export function createClocks({ vault, session, verifier, clock, isAllowed }: ClocksParts) {
  async function asked(): Promise<Asked> {
    return ((await session.get(sessionKey))[sessionKey] ?? {}) as Asked;
  }

  /** This clock minus the verifier's, in ms. The verifier's time is taken to be that of the middle between request and answer. */
  async function measure(address: string): Promise<Measured> {
    const sentAtMs = clock();
    const answer = await verifier.time(address);
    const receivedAtMs = clock();
    const roundTripMs = receivedAtMs - sentAtMs;
    const usable = answer.ok && roundTripMs >= 0 && roundTripMs <= maximumRoundTripMs;
    const differenceMs = usable ? Math.round((sentAtMs + receivedAtMs) / 2 - answer.value) : null;
    const marks = await asked();
    const measured =
      differenceMs === null ? (marks[address]?.measured ?? null) : { differenceMs, checkedAtMs: receivedAtMs };
    await session.set({ [sessionKey]: { ...marks, [address]: { askedAtMs: receivedAtMs, measured } } });
    if (!answer.ok) return answer;
    return differenceMs === null ? { ok: false, reason: 'unreachable' } : { ok: true, value: differenceMs };
  }

  /** Asks, and keeps the answer with the verifier's tokens. False where there was none. */
  async function check(address: string): Promise<boolean> {
    const answer = await measure(address);
    if (!answer.ok) return false;
    const checked = { differenceMs: answer.value, checkedAtMs: clock() };
    return vault.setClock(address, (known) => ({ correctionMs: known?.correctionMs ?? 0, ...checked }));
  }

  function isDue(known: ClockRecord | null, mark: Asked[string] | undefined): boolean {
    const nowMs = clock();
    // A time in the future was recorded before the clock was set back.
    const since = (atMs: number) => (atMs > nowMs ? Number.POSITIVE_INFINITY : nowMs - atMs);
    if (mark !== undefined && since(mark.askedAtMs) < hourMs) return false;
    // With a correction in force, a clock that has been set right again would make every code wrong.
    return known === null || since(known.checkedAtMs) >= (known.correctionMs === 0 ? dayMs : hourMs);
  }

  async function checkDue(): Promise<void> {
    if (!(await isAllowed())) return;
    const [tokens, marks] = [(await vault.list()) ?? [], await asked()];
    const due = tokens.flatMap(({ verifier: address, clock: known }) => {
      return address !== null && isDue(known, marks[address]) ? [address] : [];
    });
    for (const address of new Set(due)) await check(address);
  }

  /** The check under way, which concurrent callers share. */
  let running: Promise<void> | null = null;

  return {
    measure,

    /** What the last check for a set-up that was answered found, if the browser was not ended since. */
    async measured(address: string): Promise<ClockRecord | null> {
      const measured = (await asked())[address]?.measured;
      return measured ? { ...measured, correctionMs: 0 } : null;
    },

    /** Where the person allowed it and the vault is open: asks each verifier once a day, after a failure once an hour. */
    checkIfDue(): Promise<void> {
      running ??= checkDue().finally(() => {
        running = null;
      });
      return running;
    },

    /** Asks the verifiers of all tokens now, because the person wants to know. */
    async checkAll(): Promise<Response<'checkClocks'>> {
      const tokens = await vault.list();
      if (tokens === null) return { outcome: 'vaultClosed' };
      const unreached: string[] = [];
      for (const address of new Set(tokens.map((token) => token.verifier))) {
        if (address !== null && !(await check(address))) unreached.push(new URL(address).host);
      }
      return { outcome: 'checked', unreached };
    },

    /**
     * Has this verifier's codes computed by its time, as far as the person saw and confirmed it; 0 takes it back. What
     * was measured a while ago is refused: the clock may have been set right since.
     */
    async correct({ tokenId, correctionMs }: Request<'correctClock'>): Promise<Response<'correctClock'>> {
      const tokens = await vault.list();
      if (tokens === null) return { outcome: 'vaultClosed' };
      const token = tokens.find((each) => each.id === tokenId);
      if (token?.clock == null || token.verifier === null) return { outcome: 'refused' };
      const { differenceMs, checkedAtMs } = token.clock;
      const seen = correctionMs === 0 || (correctionMs === differenceMs && isFresh(checkedAtMs, clock()));
      if (!seen || Math.abs(correctionMs) > maximumCorrectionMs) return { outcome: 'refused' };
      const set = await vault.setClock(token.verifier, (known) => (known === null ? null : { ...known, correctionMs }));
      return { outcome: set ? 'corrected' : 'vaultClosed' };
    },
  };
}
