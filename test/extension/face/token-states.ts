import type { TokenSummary } from '../../../extension/messages.ts';
import { type Answer, base, type FaceState, stateOf, token } from './fixture.ts';

/** Several tokens, tokens that are over, the first page and the page about the extension. */

const institutions = [
  ['成協信用組合', 'Seikyo Credit Union'],
  ['成協信用組合_2', 'Seikyo Credit Union_2'],
  ['茨城県信用組合 経理部', 'Ibaraki-ken Credit Union accounting'],
  ['熊谷商工信用組合', 'Kumagaya Shoko Credit Union'],
  ['山形中央信用組合', 'Yamagata Chuo Credit Union'],
  ['成協信用組合 佐藤花子(給与振込専用)', 'Seikyo Credit Union Hanako Sato (payroll only)'],
  ['茨城県信用組合_2', 'Ibaraki-ken Credit Union_2'],
  ['熊谷商工信用組合 本社', 'Kumagaya Shoko Credit Union head office'],
  ['山形中央信用組合_2', 'Yamagata Chuo Credit Union_2'],
  ['成協信用組合_4', 'Seikyo Credit Union_4'],
] as const;

export const tenTokens: readonly TokenSummary[] = institutions.map(([ja, en], index) =>
  token({ id: `token-${index + 1}`, name: { ja, en }, digits: index === 3 ? 6 : 8 }),
);
const expiredAtMs = Date.UTC(2026, 2, 31, 14, 59);
const mixed: readonly TokenSummary[] = [
  ...tenTokens.slice(0, 2),
  token({ id: 'token-3', name: tenTokens[2]?.name ?? token().name, expiresAtMs: expiredAtMs }),
  token({ id: 'token-4', name: tenTokens[5]?.name ?? token().name, revoked: true }),
];
/** As long as names may be, and of other scripts. */
const longNames = [
  '茨城県中央商工信用組合連合会協同組織金融機関'.repeat(5).slice(0, 100),
  '成協信用組合 経理部👩‍💻給与振込専用👨‍👩‍👧‍👦第二営業所佐藤花子様専用総合振込と給与振込のみで使うトークン',
  '成協信用組合 قسم المحاسبة والرواتب للشركة الرئيسية',
  '成協信用組合 か\u3099き\u3099く\u3099け\u3099こ\u3099 Z\u0351\u036b\u0343a\u0321\u0353l\u0345g\u032fo\u0329',
  'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogochcreditunionforever',
];
export const longTokens: readonly TokenSummary[] = longNames.map((name, index) =>
  token({
    id: `token-${index + 1}`,
    name: { ja: name, en: name },
    institution: { ja: name, en: name },
    userId: 'K7QM2VXDP4RS9TWZ'.repeat(4),
    origins: [`https://${'internet-banking-of-credit-unions.'.repeat(5)}example`],
  }),
);
const withTokens = (tokens: readonly TokenSummary[]) => ({ ...base, getState: stateOf('open', tokens) });
const withDamaged = (tokens: readonly TokenSummary[], damaged: readonly string[]) => ({
  ...base,
  getState: { ...stateOf('open', tokens), damaged },
});
const reached = {
  outcome: 'reached',
  address: 'https://otp.seikyo.example',
  host: 'otp.seikyo.example',
  clockDifferenceMs: 1200,
} satisfies Answer<'checkVerifier'>;
const sameUser = { outcome: 'failed', reason: 'sameUser', waitMs: 0 } satisfies Answer<'setUp'>;

/** A fill was asked for by shortcut or context menu before the popup opened. */
const asked = {
  tabId: 1,
  tokenIds: ['token-1', 'token-2'],
  defaultTokenId: null,
  asked: true,
} satisfies Answer<'openPopup'>['page'];

export const tokenStates: readonly FaceState[] = [
  { name: 'popup-asked-choice', path: 'popup.html', answers: { ...withTokens(mixed), page: asked } },
  {
    name: 'popup-asked-elsewhere',
    path: 'popup.html',
    answers: { ...withTokens(mixed), page: { ...asked, tokenIds: [] } },
  },
  {
    name: 'popup-asked-elsewhere-one',
    path: 'popup.html',
    answers: { ...base, page: { ...asked, tokenIds: [] } },
  },
  {
    name: 'popup-list-ask-again',
    path: 'popup.html',
    answers: { ...withTokens(mixed), getCode: { outcome: 'askAgain' } },
  },
  {
    name: 'popup-asked-waiting',
    path: 'popup.html',
    answers: {
      ...base,
      page: { ...asked, tokenIds: ['token-1'], defaultTokenId: 'token-1' },
      fillPage: { outcome: 'wait', waitMs: 600_000 } satisfies Answer<'fillPage'>,
    },
    act: async (page) => void (await page.waitForSelector('#fillResult:not(:empty)')),
  },
  { name: 'popup-long', path: 'popup.html', answers: withTokens(longTokens) },
  { name: 'popup-long-one', path: 'popup.html', answers: withTokens(longTokens.slice(0, 1)) },
  {
    name: 'popup-long-not-granted',
    path: 'popup.html',
    answers: {
      ...withTokens(longTokens.slice(1, 2).map((each) => ({ ...each, granted: false }))),
      page: { ...asked, asked: false, tokenIds: [] },
    },
  },
  { name: 'popup-over', path: 'popup.html', answers: withTokens(mixed) },
  {
    name: 'popup-searched',
    path: 'popup.html',
    answers: withTokens(tenTokens),
    act: async (page) => {
      await page.fill('#search', 'ｋｕｍａ');
      await page.waitForFunction(() => document.querySelectorAll('[data-token-id]').length === 2);
    },
  },
  {
    name: 'popup-searched-nothing',
    path: 'popup.html',
    answers: withTokens(tenTokens),
    act: async (page) => {
      await page.fill('#search', '大阪');
      await page.waitForFunction(() => document.querySelectorAll('[data-token-id]').length === 0);
    },
  },
  { name: 'popup-damaged', path: 'popup.html', answers: withDamaged(mixed, ['row-1']) },
  { name: 'popup-damaged-beside-one', path: 'popup.html', answers: withDamaged([token()], ['row-1', 'row-2']) },
  { name: 'popup-damaged-alone', path: 'popup.html', answers: withDamaged([], ['row-1']) },
  { name: 'popup-one-revoked', path: 'popup.html', answers: withTokens([token({ revoked: true })]) },
  {
    name: 'popup-one-copied-kept',
    path: 'popup.html',
    answers: { ...base, codeCopied: { clearsAtMs: null } satisfies Answer<'codeCopied'> },
    act: async (page) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.click('#copy');
      await page.waitForSelector('#fillResult:not(:empty)');
    },
  },

  { name: 'welcome', path: 'options.html#welcome', answers: { ...base, getState: stateOf('empty') } },
  { name: 'about', path: 'options.html#about', answers: base },
  { name: 'set-up-full', path: 'options.html#set-up', answers: withTokens(tenTokens) },
  {
    name: 'set-up-same-user',
    path: 'options.html#set-up',
    answers: { ...withTokens([token()]), checkVerifier: reached, setUp: sameUser },
    act: async (page) => {
      await page.fill('#verifierAddress', 'otp.seikyo.example');
      await page.fill('#serviceId', '1001');
      await page.fill('#userId', 'k7qm2vxd');
      await page.click('#next');
      await page.fill('#activationPassword', '583920');
      await page.click('#send');
      await page.waitForSelector('#sameUser');
    },
  },

  { name: 'settings-damaged', path: 'options.html#settings', answers: withDamaged([token()], ['row-1']) },
  {
    name: 'settings-damaged-removing',
    path: 'options.html#settings',
    answers: withDamaged([], ['row-1', 'row-2']),
    act: async (page) => {
      await page.click('#removeDamaged');
      await page.waitForSelector('#removeDamagedNow');
    },
  },
  {
    name: 'settings-long-removing',
    path: 'options.html#settings',
    answers: withTokens(longTokens),
    act: async (page) => {
      await page.click('#remove-token-1');
      await page.click('#rename-token-3');
      await page.click('article:nth-of-type(5) summary');
    },
  },
  { name: 'settings-ten', path: 'options.html#settings', answers: withTokens(tenTokens) },
  { name: 'settings-over', path: 'options.html#settings', answers: withTokens(mixed) },
  {
    name: 'settings-moved',
    path: 'options.html#settings',
    answers: {
      ...base,
      getState: [stateOf('open', mixed), stateOf('open', mixed.toSpliced(0, 2, ...mixed.slice(0, 2).reverse()))],
      moveToken: { outcome: 'moved' } satisfies Answer<'moveToken'>,
    },
    act: async (page) => {
      await page.click('#down-token-1');
      await page.waitForFunction(() => document.activeElement?.id === 'down-token-1');
    },
  },
];
