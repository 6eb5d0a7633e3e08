import type { Page } from 'playwright';
import type { LockState, Settings, TokenClock, TokenSummary } from '../../../extension/messages.ts';
import { base, type FaceState, lockOn, settings, stateOf, token } from './fixture.ts';

/** States of app lock, passkeys, reset and clock. */

const passkeys = [
  { id: 'slot-1', credentialId: 'AAECAw==', salt: 'A'.repeat(43).concat('='), addedAtMs: Date.UTC(2026, 9, 3, 1, 20) },
  { id: 'slot-2', credentialId: 'BAUGBw==', salt: 'A'.repeat(43).concat('='), addedAtMs: Date.UTC(2026, 10, 21, 5, 7) },
];
const withLock = (change: Partial<LockState>, changed: Partial<Settings> = {}) => ({
  ...base,
  getSettings: { ...settings, ...changed },
  getState: stateOf('open', [token()], 0, { ...lockOn, ...change }),
});
const closed = (change: Partial<LockState> = {}) => ({
  ...base,
  getState: stateOf('closed', [], 0, { ...lockOn, ...change }),
});

function inSettings(
  name: string,
  answers: FaceState['answers'],
  act?: (page: Page) => Promise<void>,
  path: FaceState['path'] = 'options.html#settings',
): FaceState {
  return { name, path, answers, ...(act === undefined ? {} : { act }) };
}

const press = (selector: string, then: string) => async (page: Page) => {
  await page.click(selector);
  await page.waitForSelector(then);
};
const newCode = async (page: Page, code: string, again = code) => {
  await page.fill('#newCode', code);
  await page.fill('#newCodeAgain', again);
};

function clock(change: Partial<TokenClock>): TokenSummary {
  const checkedAtMs = Date.now();
  return token({
    clock: { host: 'otp.seikyo.example', differenceMs: 1200, checkedAtMs, correctionMs: 0, ...change },
  });
}
const clocks: Readonly<Record<string, TokenSummary>> = {
  right: clock({}),
  off: clock({ differenceMs: 42_000 }),
  'over-window': clock({ differenceMs: -602_000 }),
  was: clock({ differenceMs: -602_000, checkedAtMs: Date.UTC(2026, 10, 21, 0, 30) }),
  'too-far': clock({ differenceMs: 3 * 86_400_000 }),
  corrected: clock({ differenceMs: -602_000, correctionMs: -602_000 }),
  'correction-stale': clock({ differenceMs: 900, correctionMs: -602_000 }),
};

const erased = (reason: 'tries' | 'reset') => ({ ...base, getState: { ...stateOf('empty'), erased: reason } });

export const lockStates: readonly FaceState[] = [
  { name: 'popup-closed-passkey', path: 'popup.html', answers: closed({ passkeys }) },
  {
    name: 'popup-closed-forgotten',
    path: 'popup.html',
    answers: closed(),
    act: press('summary', '#toReset'),
  },
  {
    name: 'popup-wrong-erase-soon',
    path: 'popup.html',
    answers: { ...closed({ erasesAfterTries: true }), openVault: { outcome: 'wrong', failures: 8, waitMs: 128_000 } },
    act: async (page) => {
      await page.fill('#lockCode', '1111');
      await press('#open', '#wait:not([hidden])')(page);
    },
  },
  {
    name: 'popup-erase-soon-reopened',
    path: 'popup.html',
    answers: closed({ erasesAfterTries: true, failures: 9 }),
  },
  {
    name: 'popup-ask-again',
    path: 'popup.html',
    answers: { ...withLock({ askEachUse: true }), getCode: { outcome: 'askAgain' } },
    act: async (page) => void (await page.waitForSelector('#askCode')),
  },
  {
    name: 'popup-ask-again-wrong',
    path: 'popup.html',
    answers: {
      ...withLock({ askEachUse: true }),
      getCode: { outcome: 'askAgain' },
      allowUse: { outcome: 'wrong', failures: 2, waitMs: 2000 },
    },
    act: async (page) => {
      await page.fill('#askCode', '1111');
      await press('#askNow', '#askError:not([hidden])')(page);
    },
  },
  ...Object.entries(clocks).map(
    ([name, given]): FaceState => ({
      name: `popup-clock-${name}`,
      path: 'popup.html',
      answers: { ...base, getState: stateOf('open', [given]) },
    }),
  ),
  {
    name: 'popup-clock-was-unreached',
    path: 'popup.html',
    answers: {
      ...base,
      getState: stateOf('open', [clock({ differenceMs: -602_000, checkedAtMs: 0 })]),
      checkClocks: { outcome: 'checked', unreached: ['otp.seikyo.example'] },
    },
    act: press('#recheckClock', '#clockWasOff [role=alert]:not([hidden])'),
  },
  { name: 'popup-erased-tries', path: 'popup.html', answers: erased('tries') },

  inSettings('settings-lock-off', withLock({ on: false })),
  inSettings('settings-lock-turning-off', withLock({ passkeys }), press('#lockOn', '#turnOffNow')),
  inSettings(
    'settings-lock-turning-off-wrong',
    { ...withLock({}), turnLockOff: { outcome: 'wrong', failures: 1, waitMs: 1000 } },
    async (page) => {
      await press('#lockOn', '#turnOffNow')(page);
      await page.fill('#turnOffCode', '1111');
      await press('#turnOffNow', '#turnOffError:not([hidden])')(page);
    },
  ),
  inSettings(
    'settings-lock-turned-off',
    {
      ...withLock({}),
      getState: [stateOf('open', [token()]), stateOf('open', [token()], 0, { ...lockOn, on: false })],
      turnLockOff: { outcome: 'done' },
    },
    async (page) => {
      await press('#lockOn', '#turnOffNow')(page);
      await page.fill('#turnOffCode', '4071592836');
      await press('#turnOffNow', '#lockIsOff')(page);
    },
  ),
  inSettings('settings-lock-turning-on', withLock({ on: false }), async (page) => {
    await press('#lockOn', '#turnOnNow')(page);
    await newCode(page, '4071592836');
  }),
  inSettings('settings-lock-turning-on-date', withLock({ on: false }), async (page) => {
    await press('#lockOn', '#turnOnNow')(page);
    await newCode(page, '19850703');
  }),
  inSettings('settings-lock-change', withLock({ passkeys }), press('#toChange', '#changeNow')),
  inSettings('settings-lock-change-differs', withLock({}), async (page) => {
    await press('#toChange', '#changeNow')(page);
    await page.fill('#changeCode', '4071592836');
    await newCode(page, '123456', '123457');
    await press('#changeNow', '[role=alert]:not([hidden])')(page);
  }),
  inSettings('settings-lock-ask-rule', withLock({}), press('#askEachUse', '#askRuleNow')),
  inSettings('settings-lock-erase-rule', withLock({}), press('#eraseAfterTries', '#eraseNow')),
  inSettings(
    'settings-lock-all-rules',
    withLock(
      { passkeys, askEachUse: true, erasesAfterTries: true },
      { askEachUse: true, eraseAfterTries: true, closeAfterMinutes: null },
    ),
  ),
  inSettings('settings-passkey-adding', withLock({ passkeys }), press('#addPasskey', '#passkeyKeyNow')),
  inSettings('settings-passkey-failed', { ...withLock({}), proveKey: { outcome: 'done' } }, async (page) => {
    await press('#addPasskey', '#passkeyKeyNow')(page);
    await page.fill('#passkeyKeyCode', '4071592836');
    await press('#passkeyKeyNow', '#passkeyFailure:not([hidden])')(page);
  }),
  inSettings(
    'settings-passkey-removed',
    {
      ...withLock({}),
      getState: [stateOf('open', [token()], 0, { ...lockOn, passkeys }), stateOf('open', [token()])],
      removePasskey: { outcome: 'removed' },
    },
    async (page) => {
      await page.click('[data-passkey-id="slot-1"] button');
      await page.waitForSelector('[data-passkey-id]', { state: 'detached' });
    },
  ),

  ...Object.entries(clocks).map(([name, given]) =>
    inSettings(`settings-clock-${name}`, {
      ...base,
      getSettings: { ...settings, checkClock: name === 'right' },
      getState: stateOf('open', [given]),
    }),
  ),
  inSettings(
    'settings-clock-unreached',
    { ...withLock({}), checkClocks: { outcome: 'checked', unreached: ['otp.seikyo.example'] } },
    press('#checkClockNow', '#clockSaid:not(:empty)'),
  ),

  {
    ...inSettings('reset-closed', closed(), undefined, 'options.html#reset'),
    hosts: ['https://bank.seikyo.example/*', 'https://www.kumashin.example/*'],
  },
  inSettings('reset-closed-no-sites', closed(), undefined, 'options.html#reset'),
  inSettings('reset-not-understood', withLock({}), press('#resetNow', '#error:not([hidden])'), 'options.html#reset'),
  inSettings(
    'reset-no-answer',
    withLock({}),
    async (page) => {
      await page.click('#understand');
      await press('#resetNow', '#error:not([hidden])')(page);
    },
    'options.html#reset',
  ),
  inSettings('settings-lock-turning-on-no-answer', withLock({ on: false }), async (page) => {
    await press('#lockOn', '#turnOnNow')(page);
    await newCode(page, '4071592836');
    await press('#turnOnNow', '#turnOnError:not([hidden])')(page);
  }),
  inSettings('erased-tries', erased('tries')),
  inSettings('erased-reset', erased('reset')),
  inSettings(
    'open-passkey-cancelled',
    closed({ passkeys }),
    async (page) => {
      await page.waitForFunction(() => document.querySelector('#said')?.classList.contains('error'));
    },
    'options.html#open',
  ),
  inSettings('open-opened', base, undefined, 'options.html#open'),
];
