import type { Page } from 'playwright';
import type { FillOutcome, SetUpFailure, TokenSummary } from '../../../extension/messages.ts';

import { type Answer, base, code, type FaceState, lockOn, stateOf, token } from './fixture.ts';
import { lockStates } from './lock-states.ts';
import { longTokens, tenTokens, tokenStates } from './token-states.ts';

/** Every state that a person can meet in popup and options, and how to reach it. */

const elsewhere = {
  ...base,
  page: { tabId: 1, tokenIds: [], defaultTokenId: null, asked: false },
};
const withToken = (change: Partial<TokenSummary>) => ({ ...base, getState: stateOf('open', [token(change)]) });

function afterFilling(outcome: FillOutcome): FaceState {
  return {
    name: `popup-fill-${outcome}`,
    path: 'popup.html',
    answers: {
      ...base,
      ...(outcome === 'vaultClosed' ? { getState: [stateOf('open', [token()]), stateOf('closed')] } : {}),
      ...(outcome === 'noPermission' ? { getState: stateOf('open', [token({ granted: false })]) } : {}),
      fillPage: { outcome },
    },
    act: async (page) => {
      await page.click('#fill');
      await page.waitForFunction(() => {
        const said = document.querySelector('#fillResult');
        return said === null || (said.textContent !== '' && !said.classList.contains('quiet'));
      });
    },
  };
}

const openCode = async (page: Page, lockCode: string) => {
  await page.fill('#lockCode', lockCode);
  await page.click('#open');
};

const reached = {
  outcome: 'reached',
  address: 'https://otp.seikyo.example',
  host: 'otp.seikyo.example',
  clockDifferenceMs: 1200,
} satisfies Answer<'checkVerifier'>;
const firstRun = { ...base, getState: stateOf('empty'), checkVerifier: reached };

const typeDetails = async (page: Page) => {
  await page.fill('#verifierAddress', 'otp.seikyo.example');
  await page.fill('#serviceId', '1001');
  await page.fill('#userId', 'K7QM-2VXD');
  await page.click('#next');
};
const toSend = async (page: Page) => {
  await typeDetails(page);
  await page.waitForSelector('#send');
};
const fillSecrets = async (page: Page) => {
  await page.fill('#activationPassword', '５８３９２０');
  await page.fill('#lockCode', '4071592836');
  await page.fill('#lockCodeAgain', '4071592836');
};

function afterSending(reason: SetUpFailure, waitMs = 0): FaceState {
  return {
    name: `set-up-failed-${reason}`,
    path: 'options.html#set-up',
    answers: { ...firstRun, setUp: { outcome: 'failed', reason, waitMs } },
    act: async (page) => {
      await toSend(page);
      await fillSecrets(page);
      await page.click('#send');
      await page.waitForSelector('#error:not([hidden])');
    },
  };
}

function checkFails(answer: Exclude<Answer<'checkVerifier'>, { outcome: 'reached' }>): FaceState {
  return {
    name: `set-up-source-${answer.outcome}`,
    path: 'options.html#set-up',
    answers: { ...firstRun, checkVerifier: answer },
    act: async (page) => {
      await typeDetails(page);
      await page.waitForSelector('#error:not([hidden])');
    },
  };
}

const added = {
  ...firstRun,
  getState: [stateOf('empty'), stateOf('open', [token({ granted: false })])],
  setUp: { outcome: 'added', token: token({ granted: false }) } satisfies Answer<'setUp'>,
  renameToken: { outcome: 'renamed' } satisfies Answer<'renameToken'>,
};
const toRegister = async (page: Page) => {
  await toSend(page);
  await fillSecrets(page);
  await page.click('#send');
  await page.waitForSelector('#register');
};

const twoTokens = [
  token({ autofill: true, expiresAtMs: Date.UTC(2029, 2, 31, 14, 59) }),
  token({
    id: 'token-2',
    name: { ja: '成協信用組合_2', en: 'Seikyo Credit Union_2' },
    granted: false,
    origins: ['https://bank.seikyo.example', 'https://otp.seikyo.example'],
  }),
];

export const faceStates: readonly FaceState[] = [
  ...lockStates,
  ...tokenStates,
  { name: 'popup-empty', path: 'popup.html', answers: { ...base, getState: stateOf('empty') } },
  { name: 'popup-no-answer', path: 'popup.html', answers: {} },
  { name: 'popup-closed', path: 'popup.html', answers: { ...base, getState: stateOf('closed') } },
  {
    name: 'popup-wrong',
    path: 'popup.html',
    answers: { ...base, getState: stateOf('closed'), openVault: { outcome: 'wrong', failures: 1, waitMs: 0 } },
    act: async (page) => {
      await openCode(page, '1111');
      await page.waitForSelector('#error:not([hidden])');
    },
  },
  {
    name: 'popup-wrong-wait',
    path: 'popup.html',
    answers: { ...base, getState: stateOf('closed'), openVault: { outcome: 'wrong', failures: 7, waitMs: 64_000 } },
    act: async (page) => {
      await openCode(page, '1111');
      await page.waitForSelector('#wait:not([hidden])');
    },
  },
  {
    name: 'popup-wait-reopened',
    path: 'popup.html',
    answers: { ...base, getState: stateOf('closed', [], 127_000) },
    act: async (page) => void (await page.waitForSelector('#wait:not([hidden])')),
  },
  { name: 'popup-one-copy', path: 'popup.html', answers: elsewhere },
  {
    name: 'popup-one-copied',
    path: 'popup.html',
    answers: elsewhere,
    act: async (page) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.click('#copy');
      await page.waitForSelector('#fillResult:not(:empty)');
    },
  },
  { name: 'popup-one-fill', path: 'popup.html', answers: base },
  { name: 'popup-one-last-seconds', path: 'popup.html', answers: { ...base, getCode: { ...code, remainingMs: 6900 } } },
  {
    name: 'popup-one-not-granted',
    path: 'popup.html',
    answers: { ...elsewhere, getState: stateOf('open', [token({ granted: false })]) },
  },
  {
    name: 'popup-one-not-granted-autofill',
    path: 'popup.html',
    answers: withToken({ granted: false, autofill: true }),
  },
  { name: 'popup-one-not-granted-fillable', path: 'popup.html', answers: withToken({ granted: false }) },
  {
    name: 'popup-one-refused',
    path: 'popup.html',
    answers: { ...elsewhere, getState: stateOf('open', [token({ granted: false })]) },
    act: async (page) => {
      await page.click('#grant');
    },
  },
  {
    name: 'popup-one-expired',
    path: 'popup.html',
    answers: withToken({ expiresAtMs: Date.UTC(2026, 2, 31, 14, 59) }),
  },
  {
    name: 'popup-one-expires-soon',
    path: 'popup.html',
    answers: withToken({ expiresAtMs: Date.now() + 5 * 86_400_000 }),
  },
  {
    name: 'popup-six-digits-long-name',
    path: 'popup.html',
    answers: {
      ...withToken({
        digits: 6,
        name: tenTokens[5]?.name ?? token().name,
        userId: 'K7QM2VXDP4RS9TWZ',
      }),
      getCode: { ...code, code: '071592', next: '836401' },
    },
  },
  ...(['filled', 'noField', 'notThisPage', 'notThisField', 'noPermission', 'failed', 'vaultClosed'] as const).map(
    afterFilling,
  ),
  { name: 'popup-ten', path: 'popup.html', answers: { ...base, getState: stateOf('open', tenTokens) } },
  {
    name: 'popup-ten-last-seconds',
    path: 'popup.html',
    answers: {
      ...base,
      getState: stateOf('open', tenTokens.slice(0, 3)),
      getCode: { ...code, remainingMs: 6900 },
    },
  },
  {
    name: 'popup-ten-chosen',
    path: 'popup.html',
    answers: { ...base, getState: stateOf('open', tenTokens) },
    act: async (page) => {
      await page.click('[data-token-id="token-6"]');
      await page.waitForSelector('#code');
    },
  },

  { name: 'set-up-source', path: 'options.html#set-up', answers: firstRun },
  {
    name: 'set-up-source-read',
    path: 'options.html#set-up',
    answers: firstRun,
    act: (page) =>
      page.fill('#link', 'https://otp.seikyo.example/activate#serviceId=1001&userId=K7QM-2VXD\nサービスID:1001'),
  },
  {
    name: 'set-up-source-address',
    path: 'options.html#set-up',
    answers: firstRun,
    act: async (page) => {
      await page.fill('#link', '初期設定はこちらから\nhttps://otp.seikyo.example/activate\n成協信用組合');
      await page.waitForFunction(
        () => document.querySelector<HTMLInputElement>('#verifierAddress')?.value === 'https://otp.seikyo.example',
      );
    },
  },
  {
    name: 'set-up-done-closed',
    path: 'options.html#set-up',
    answers: {
      ...added,
      getState: [...added.getState, stateOf('closed')],
      getCode: { outcome: 'vaultClosed' },
    },
    act: async (page) => {
      await toRegister(page);
      await page.click('#register');
      await page.waitForSelector('#done #lockCode');
    },
  },
  {
    name: 'set-up-source-unread',
    path: 'options.html#set-up',
    answers: firstRun,
    act: (page) => page.fill('#link', 'いつもご利用いただきありがとうございます。'),
  },
  {
    name: 'set-up-source-missing',
    path: 'options.html#set-up',
    answers: firstRun,
    act: (page) => page.click('#next'),
  },
  ...(['addressWrong', 'unreachable', 'notAVerifier'] as const).map((outcome) => checkFails({ outcome })),
  checkFails({ outcome: 'tooManyTries', waitMs: 90_000 }),
  { name: 'set-up-send', path: 'options.html#set-up', answers: firstRun, act: toSend },
  {
    name: 'set-up-clock',
    path: 'options.html#set-up',
    answers: { ...firstRun, checkVerifier: { ...reached, clockDifferenceMs: 602_300 } },
    act: toSend,
  },
  {
    name: 'set-up-clock-unreached',
    path: 'options.html#set-up',
    answers: {
      ...firstRun,
      checkVerifier: [
        { ...reached, clockDifferenceMs: 602_300 },
        { outcome: 'tooManyTries', waitMs: 90_000 },
      ],
    },
    act: async (page) => {
      await toSend(page);
      await page.click('#clockWarning button');
      await page.waitForSelector('#clockError:not([hidden])');
    },
  },
  {
    name: 'set-up-foreign-host',
    path: 'options.html#set-up',
    answers: {
      ...firstRun,
      checkVerifier: { ...reached, address: 'https://otp.xn--seiky-ubb.example', host: 'otp.xn--seiky-ubb.example' },
    },
    act: toSend,
  },
  {
    name: 'set-up-local-host',
    path: 'options.html#set-up',
    answers: { ...firstRun, checkVerifier: { ...reached, address: 'http://localhost:3000', host: 'localhost:3000' } },
    act: toSend,
  },
  {
    name: 'set-up-weak',
    path: 'options.html#set-up',
    answers: firstRun,
    act: async (page) => {
      await toSend(page);
      await page.fill('#lockCode', '1234');
    },
  },
  {
    name: 'set-up-strong-differ',
    path: 'options.html#set-up',
    answers: firstRun,
    act: async (page) => {
      await toSend(page);
      await fillSecrets(page);
      await page.fill('#lockCodeAgain', '407159283');
      await page.click('#lockCodeShown');
      await page.click('#send');
    },
  },
  {
    name: 'set-up-add-closed',
    path: 'options.html#set-up',
    answers: { ...firstRun, getState: stateOf('closed') },
    act: toSend,
  },
  {
    name: 'set-up-add-closed-erase-soon',
    path: 'options.html#set-up',
    answers: {
      ...firstRun,
      getState: [
        stateOf('closed', [], 0, { ...lockOn, erasesAfterTries: true, failures: 4 }),
        stateOf('closed', [], 0, { ...lockOn, erasesAfterTries: true, failures: 5 }),
      ],
      setUp: { outcome: 'failed', reason: 'lockCodeWrong', waitMs: 16_000 },
    },
    act: async (page) => {
      await toSend(page);
      await page.fill('#activationPassword', '583920');
      await page.fill('#lockCode', '1111');
      await page.click('#send');
      await page.waitForSelector('#eraseSoon');
    },
  },
  {
    name: 'set-up-add-open',
    path: 'options.html#set-up',
    answers: { ...firstRun, getState: stateOf('open', [token()]) },
    act: toSend,
  },
  afterSending('provisioningRefused'),
  afterSending('unreachable'),
  afterSending('notAVerifier'),
  afterSending('tooManyTries', 90_000),
  afterSending('answerNotTrusted'),
  afterSending('full'),
  { name: 'set-up-register', path: 'options.html#set-up', answers: added, act: toRegister },
  {
    name: 'set-up-register-granted',
    path: 'options.html#set-up',
    answers: added,
    grants: true,
    act: async (page) => {
      await toRegister(page);
      await page.click('#grant');
    },
  },
  {
    name: 'set-up-register-long',
    path: 'options.html#set-up',
    answers: { ...added, setUp: { outcome: 'added', token: longTokens[0] ?? token() } satisfies Answer<'setUp'> },
    act: toRegister,
  },
  {
    name: 'set-up-register-refused',
    path: 'options.html#set-up',
    answers: added,
    act: async (page) => {
      await toRegister(page);
      await page.click('#grant');
    },
  },
  {
    name: 'set-up-done',
    path: 'options.html#set-up',
    answers: added,
    act: async (page) => {
      await toRegister(page);
      await page.fill('#tokenName', '経理部');
      await page.click('#register');
      await page.waitForSelector('#done #code');
    },
  },

  { name: 'settings-empty', path: 'options.html#settings', answers: firstRun },
  { name: 'settings-closed', path: 'options.html#settings', answers: { ...base, getState: stateOf('closed') } },
  { name: 'settings-two', path: 'options.html#settings', answers: { ...base, getState: stateOf('open', twoTokens) } },
  {
    name: 'settings-renaming',
    path: 'options.html#settings',
    answers: { ...base, getState: stateOf('open', [token()]) },
    act: async (page) => {
      await page.click('#rename-token-1');
      await page.waitForSelector('#suffix-token-1');
    },
  },
  {
    name: 'settings-removing',
    path: 'options.html#settings',
    answers: { ...base, getState: stateOf('open', [token()]) },
    act: async (page) => {
      await page.click('#remove-token-1');
      await page.waitForSelector('#removeNow-token-1');
    },
  },
];
