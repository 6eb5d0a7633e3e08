import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser } from '../../browser/install.ts';
import { code, type FaceState } from './fixture.ts';
import { openOnStage, openStage, type Stage } from './stage.ts';
import { faceStates } from './states.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(what: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  stage = await openStage(resolve('extension/.output/chrome-mv3'));
  browser = await chromium.launch({
    executablePath: (await findBrowser('chromium')) ?? '',
    args: ['--no-sandbox'],
  });
});

afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** Opens a state, looks at it and closes it. Fails where the page's own policy or a script complains. */
async function look(
  state: FaceState,
  language: 'ja' | 'en',
  options: BrowserContextOptions,
  see: (page: Page) => Promise<void>,
): Promise<void> {
  const popup = state.path === 'popup.html';
  const context = await browser.newContext({
    reducedMotion: 'reduce',
    viewport: popup ? { width: 360, height: 560 } : { width: 900, height: 700 },
    ...options,
  });
  context.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  context.on('weberror', (error) => complaints.push(String(error.error())));
  context.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
  });
  try {
    const script = { answers: state.answers, language, grants: state.grants ?? false, hosts: state.hosts ?? [] };
    const page = await openOnStage(context, script, `${stage.address}/${state.path}`);
    await page.waitForSelector('main *');
    await state.act?.(page);
    await see(page);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
  }
}

const stateNamed = (name: string): FaceState => {
  const state = faceStates.find((each) => each.name === name);
  if (state === undefined) throw new Error(`no state ${name}`);
  return state;
};

/** What is wrong with a state that stands: accessibility, small targets, text at 200 % that does not fit. */
async function faultsOf(page: Page, language: string): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  return page.evaluate(async (wanted) => {
    const { axe } = globalThis as unknown as { axe: Axe };
    const result = await axe.run(document, { resultTypes: ['violations'] });
    const faults = result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    if (document.documentElement.lang !== wanted) faults.push(`lang is ${document.documentElement.lang}`);
    const targets = 'button, select, a, summary, input:not([type=checkbox]), textarea, label.check';
    for (const target of document.querySelectorAll(targets)) {
      const { height } = target.getBoundingClientRect();
      if (height < 40) faults.push(`${height} px high: ${target.outerHTML}`);
    }
    document.documentElement.style.fontSize = '200%';
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`scrolls sideways at 200 %: ${scrollWidth} of ${clientWidth}`);
    document.documentElement.style.fontSize = '';
    return faults;
  }, language);
}

test.each([
  {
    language: 'ja',
    looks: [
      ['light', 1920],
      ['dark', 320],
    ],
  },
  {
    language: 'en',
    looks: [
      ['light', 320],
      ['dark', 900],
    ],
  },
] as const)(
  'every state is accessible, large enough and fits, light and dark, narrow and wide: $language',
  async ({ language, looks }) => {
    const faults: Record<string, unknown> = {};
    const next = faceStates.values();
    const visit = async () => {
      for (const state of next) {
        await look(state, language, {}, async (page) => {
          for (const [colorScheme, width] of looks) {
            await page.emulateMedia({ colorScheme });
            if (state.path !== 'popup.html') await page.setViewportSize({ width, height: 700 });
            const found = await faultsOf(page, language);
            if (found.length > 0) faults[`${state.name}, ${colorScheme}, ${width} px`] = found;
          }
        }).catch((error: unknown) => {
          faults[state.name] = String(error);
        });
      }
    };
    await Promise.all([visit(), visit(), visit(), visit()]);
    expect(faults).toEqual({});
  },
  600_000,
);

const mainViews = ['popup-one-fill', 'popup-one-last-seconds', 'popup-ten', 'popup-closed', 'popup-clock-off'];
const mainPages = ['set-up-same-user', 'set-up-source', 'settings-lock-all-rules', 'reset-closed', 'about'];

test.each([{ forcedColors: 'active' }, { contrast: 'more' }, { contrast: 'more', colorScheme: 'dark' }] as const)(
  'the main views are accessible in the system colours and with more contrast: %o',
  async (options) => {
    const faults: Record<string, unknown> = {};
    for (const name of [...mainViews, ...mainPages]) {
      await look(stateNamed(name), 'ja', options, async (page) => {
        const found = await faultsOf(page, 'ja');
        if (found.length > 0) faults[name] = found;
      });
    }
    expect(faults).toEqual({});
  },
);

test('the code is plain digits to whoever reads it, and copying puts just them on the clipboard', async () => {
  await look(stateNamed('popup-one-copied'), 'ja', {}, async (page) => {
    expect((await page.textContent('#code'))?.replace(/\s/g, '')).toBe('71959276');
    expect(await page.textContent('#remaining')).toMatch(/^\[0:[0-5]\d\]$/);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('71959276');
  });
});

test('asks the background once per step, and shows the next code when the step turns', async () => {
  const state = stateNamed('popup-one-copy');
  const first = { outcome: 'code', code: '11111111', next: '22222222', remainingMs: 2500 };
  const second = { outcome: 'code', code: '22222222', next: '33333333', remainingMs: 60_000 };
  await look({ ...state, answers: { ...state.answers, getCode: [first, second] } }, 'ja', {}, async (page) => {
    await page.waitForFunction(() => document.querySelector('#code')?.textContent === '22222222');
    await page.waitForFunction(() => /^\[0:5\d\]$/.test(document.querySelector('#remaining')?.textContent ?? ''));
    const sent = await page.evaluate(() => (globalThis as unknown as { sent: { name: string }[] }).sent);
    expect(sent.filter(({ name }) => name === 'getCode').length).toBeLessThanOrEqual(2);
  });
});

test('shows the code again where the vault was closed and opened between two looks at it', async () => {
  const state = stateNamed('popup-one-copy');
  const first = { outcome: 'code', code: '11111111', next: '22222222', remainingMs: 500 };
  const answers = { ...state.answers, getCode: [first, { outcome: 'vaultClosed' }, { ...first, code: '33333333' }] };
  await look({ ...state, answers }, 'ja', {}, async (page) => {
    await page.waitForFunction(() => document.querySelector('#code')?.textContent === '33333333');
  });
});

test('asks for access to the token’s own hosts only, in patterns without a port', async () => {
  const state = stateNamed('set-up-register-granted');
  await look(state, 'ja', {}, async (page) => {
    const sent = await page.evaluate(() => (globalThis as unknown as { sent: { name: string }[] }).sent);
    expect(sent.filter(({ name }) => name === 'permission')).toEqual([
      { name: 'permission', asked: { origins: ['https://bank.seikyo.example/*'] } },
    ]);
  });
});

test('opens on the list where there are several tokens, and on the code of the one that is chosen', async () => {
  await look({ ...stateNamed('popup-ten') }, 'ja', {}, async (page) => {
    expect(await page.locator('[data-token-id]').count()).toBe(10);
    expect(await page.locator('#code').count()).toBe(0);
    await page.click('[data-token-id="token-6"]');
    expect((await page.textContent('#code'))?.replace(/\s/g, '')).toBe('71959276');
  });
});

test('takes another token from settings and popup: IDs, activation password, text behind the name, register', async () => {
  await look(stateNamed('popup-ten'), 'ja', {}, async (page) => {
    await page.click('#addToken');
    const sent = await page.evaluate(() => JSON.stringify((globalThis as unknown as { sent: unknown[] }).sent));
    expect(sent).toContain('options.html#set-up');
  });
  await look(stateNamed('set-up-register'), 'ja', {}, async (page) => {
    await page.fill('#tokenName', '経理');
    await page.click('#register');
    await page.waitForSelector('#done');
    const sent = await page.evaluate(() => (globalThis as unknown as { sent: { name: string }[] }).sent);
    expect(sent.map(({ name }) => name)).toEqual(expect.arrayContaining(['checkVerifier', 'setUp', 'renameToken']));
  });
});

test('removes a token only after the warning that the bank must revoke it first', async () => {
  const state = stateNamed('settings-removing');
  const removed = { outcome: 'removed' };
  await look({ ...state, answers: { ...state.answers, removeToken: removed } }, 'ja', {}, async (page) => {
    expect(await page.textContent('main')).toContain('先に金融機関で「トークンの失効」をしてください');
    const removals = () =>
      page.evaluate(() =>
        (globalThis as unknown as { sent: { name: string }[] }).sent.filter(({ name }) => name === 'removeToken'),
      );
    expect(await removals()).toEqual([]);
    await page.click('#removeNow-token-1');
    await expect.poll(removals).toEqual([{ name: 'removeToken', request: { tokenId: 'token-1' } }]);
  });
});

test('keeps lock code and activation password out of every attribute, address and storage', async () => {
  await look(stateNamed('set-up-failed-unreachable'), 'ja', {}, async (page) => {
    const html = await page.content();
    const stored = await page.evaluate(() =>
      JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }]),
    );
    for (const secret of ['4071592836', '583920']) {
      expect(html).not.toContain(secret);
      expect(stored).not.toContain(secret);
    }
  });
});

test('the set-up can be done by keyboard alone', async () => {
  const state = stateNamed('set-up-register-granted');
  const { act: _, ...untouched } = state;
  await look(untouched, 'ja', {}, async (page) => {
    const tabTo = async (id: string) => {
      for (let presses = 0; presses < 25; presses++) {
        if ((await page.evaluate(() => document.activeElement?.id)) === id) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab does not reach #${id}`);
    };
    await tabTo('verifierAddress');
    await page.keyboard.type('otp.seikyo.example');
    await tabTo('serviceId');
    await page.keyboard.type('1001');
    await tabTo('userId');
    await page.keyboard.type('K7QM-2VXD');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#send');
    await tabTo('activationPassword');
    await page.keyboard.type('583920');
    await tabTo('lockCode');
    await page.keyboard.type('4071592836');
    await tabTo('lockCodeAgain');
    await page.keyboard.type('4071592836');
    await tabTo('send');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#register');
    await tabTo('grant');
    await page.keyboard.press('Enter');
    await tabTo('register');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#done #code');
  });
});

test('each step of the set-up takes the focus to its heading', async () => {
  await look(stateNamed('set-up-send'), 'ja', {}, async (page) => {
    await page.waitForFunction(() => document.activeElement?.tagName === 'H2');
  });
  await look(stateNamed('set-up-register'), 'ja', {}, async (page) => {
    await page.waitForFunction(() => document.activeElement?.textContent === '初期設定完了');
  });
});

test('warns before everything is erased from the start, wherever the lock code is asked for', async () => {
  await look(stateNamed('popup-erase-soon-reopened'), 'en', {}, async (page) => {
    expect(await page.textContent('#eraseSoon')).toBe('All tokens will be erased after 1 more wrong code.');
  });
  await look(stateNamed('set-up-add-closed-erase-soon'), 'en', {}, async (page) => {
    expect(await page.textContent('#eraseSoon')).toBe('All tokens will be erased after 5 more wrong codes.');
  });
});

const focusedId = (page: Page) => page.evaluate(() => document.activeElement?.id ?? '');
const focusAt = (page: Page, heading: string) =>
  page.waitForFunction((text) => document.activeElement?.textContent === text, heading);

test('takes the focus to the heading of a view that was gone to, or come back to', async () => {
  await look(stateNamed('welcome'), 'ja', {}, async (page) => {
    await page.click('#start');
    await focusAt(page, '初期設定');
    await page.click('nav a[href="#about"]');
    await focusAt(page, 'この拡張機能について');
  });
  await look(stateNamed('set-up-send'), 'ja', {}, async (page) => {
    await page.click('form .button.plain');
    await focusAt(page, '金融機関からの案内を入力します');
  });
  const closed = stateNamed('settings-closed');
  const opened = [closed.answers.getState, stateNamed('settings-two').answers.getState];
  const answers = { ...closed.answers, getState: opened, openVault: { outcome: 'opened' } };
  await look({ ...closed, answers }, 'ja', {}, async (page) => {
    await page.waitForFunction(() => document.activeElement?.id === 'lockCode');
    await page.keyboard.type('4071592836');
    await page.keyboard.press('Enter');
    await focusAt(page, 'トークン');
  });
  await look(stateNamed('popup-one-copy'), 'ja', {}, (page) => focusAt(page, '成協信用組合').then(() => undefined));
});

test('says トークン追加完了 where there were tokens before, 初期設定完了 where there were none (M4)', async () => {
  await look(stateNamed('set-up-done'), 'ja', {}, async (page) => {
    expect(await page.textContent('#done')).toContain('「初期設定完了」だけでは、まだ使えません。');
    await page.click('#done .button.plain');
    await focusAt(page, 'トークン追加');
    expect(await page.isVisible('#verifierAddress')).toBe(true);
  });
  const add = stateNamed('set-up-add-open');
  const answers = { ...add.answers, setUp: stateNamed('set-up-register').answers.setUp };
  await look({ ...add, answers }, 'ja', {}, async (page) => {
    await page.fill('#activationPassword', '583920');
    await page.click('#send');
    await focusAt(page, 'トークン追加完了');
    await page.click('#register');
    await page.waitForSelector('#done');
    expect(await page.textContent('#done')).toContain('「トークン追加完了」だけでは、まだ使えません。');
  });
});

test('says that the clock is right once it was set, where the warning and its button were', async () => {
  const state = stateNamed('set-up-clock');
  const off = state.answers.checkVerifier as object;
  const answers = { ...state.answers, checkVerifier: [off, off, { ...off, clockDifferenceMs: 300 }] };
  await look({ ...state, answers }, 'ja', {}, async (page) => {
    await page.click('#recheckClock');
    await page.waitForFunction(() => document.activeElement?.id === 'recheckClock');
    expect(await page.isVisible('#clockWarning')).toBe(true);
    await page.click('#recheckClock');
    await focusAt(page, '時計は合っています。');
    expect(await page.locator('#clockWarning').count()).toBe(0);
  });
});

test('says that a site is no longer allowed, and keeps the focus on the button that did it', async () => {
  await look(stateNamed('settings-two'), 'ja', {}, async (page) => {
    await page.click('#grant-token-1');
    await page.waitForFunction(() => document.querySelector('main')?.textContent.includes('許可を取り消しました。'));
    expect(await page.textContent('#grant-token-1')).toBe('許可する');
    expect(await focusedId(page)).toBe('grant-token-1');
  });
});

test('announces the wait for the next code once, not each second', async () => {
  const state = stateNamed('popup-one-fill');
  const answers = { ...state.answers, fillPage: [{ outcome: 'wait', waitMs: 2200 }, { outcome: 'filled' }] };
  await look({ ...state, answers }, 'en', {}, async (page) => {
    const said = page.evaluate(
      () =>
        new Promise<string[]>((resolve) => {
          const place = document.querySelector('#fillResult');
          const texts: string[] = [];
          new MutationObserver(() => {
            texts.push(place?.textContent ?? '');
            if (place?.classList.contains('done')) resolve([...new Set(texts)]);
          }).observe(place ?? document, { childList: true, characterData: true, subtree: true, attributes: true });
        }),
    );
    await page.click('#fill');
    expect(await said).toEqual([
      'Filling in…',
      'About to change: the next one-time password will be filled in.',
      'Filled in. Check the page and go on there.',
    ]);
  });
});

test('says that a lock code can be typed again once the wait is over', async () => {
  const state = stateNamed('popup-wait-reopened');
  const answers = { ...state.answers, getState: { ...(state.answers.getState as object), waitMs: 1500 } };
  await look({ ...state, answers }, 'en', {}, async (page) => {
    expect(await page.textContent('#error')).toContain('you have to wait for the time shown');
    await page.waitForSelector('#error:has-text("The wait is over. Enter your lock code again.")');
    expect(await page.isVisible('#wait')).toBe(false);
  });
});

test('a button that does nothing for now looks so under the pointer too', async () => {
  await look(stateNamed('popup-wrong-wait'), 'en', {}, async (page) => {
    const ground = () =>
      page.evaluate(() => getComputedStyle(document.querySelector('#open') ?? document.body).background);
    await page.mouse.move(0, 0);
    const away = await ground();
    await page.hover('#open');
    expect(await ground()).toBe(away);
  });
});

const sentFills = (page: Page) =>
  page.evaluate(() =>
    (globalThis as unknown as { sent: { name: string; request: { tokenId: string } }[] }).sent
      .filter(({ name }) => name === 'fillPage')
      .map(({ request }) => request.tokenId),
  );

test('offers no token for a page that is of none, where the shortcut asked for one', async () => {
  await look(stateNamed('popup-asked-elsewhere'), 'en', {}, async (page) => {
    const said = await page.textContent('main');
    expect(said).toContain('None of these tokens is for this page. Check the address.');
    expect(said).not.toContain('Choose the token to fill in');
    await page.click('[data-token-id="token-1"]');
    expect(await page.textContent('#fillResult')).toContain('does not belong to this token’s institution');
    expect(await sentFills(page)).toEqual([]);
  });
  await look(stateNamed('popup-asked-elsewhere-one'), 'en', {}, async (page) => {
    expect(await page.textContent('#fillResult')).toContain('does not belong to this token’s institution');
  });
});

test('goes on with what was asked for once, and not for another token that is looked at later', async () => {
  const state = stateNamed('popup-asked-choice');
  const answers = { ...state.answers, fillPage: { outcome: 'filled' } };
  await look({ ...state, answers }, 'en', {}, async (page) => {
    await page.click('[data-token-id="token-1"]');
    await page.waitForSelector('#fillResult.done');
    await page.click('#list');
    await page.click('[data-token-id="token-2"]');
    await page.waitForSelector('#code');
    await page.waitForTimeout(100);
    expect(await sentFills(page)).toEqual(['token-1']);
  });
});

test('waits to fill no longer than its view is looked at', async () => {
  const state = stateNamed('popup-asked-choice');
  const answers = { ...state.answers, fillPage: [{ outcome: 'wait', waitMs: 300 }, { outcome: 'filled' }] };
  await look({ ...state, answers }, 'en', {}, async (page) => {
    await page.click('[data-token-id="token-1"]');
    await page.waitForSelector('#fillResult:not(:empty)');
    await page.click('#list');
    await page.click('[data-token-id="token-2"]');
    await page.waitForTimeout(600);
    expect(await sentFills(page)).toEqual(['token-1']);
  });
});

test('goes on after the lock code, where each use is asked for, and only once', async () => {
  const state = stateNamed('popup-asked-waiting');
  const askAgain = { outcome: 'askAgain' };
  const answers = {
    ...state.answers,
    getCode: [askAgain, askAgain, { ...code, remainingMs: 400 }, askAgain, code],
    fillPage: [askAgain, { outcome: 'filled' }],
    allowUse: { outcome: 'done' },
  };
  const { act: _, ...untouched } = state;
  await look({ ...untouched, answers }, 'en', {}, async (page) => {
    for (const filled of [2, 2]) {
      await page.waitForSelector('#askCode');
      await page.fill('#askCode', '4071592836');
      await page.click('#askNow');
      await page.waitForSelector('#code');
      await expect.poll(() => sentFills(page).then(({ length }) => length)).toBe(filled);
    }
    await page.waitForTimeout(200);
    expect(await sentFills(page)).toHaveLength(2);
  });
});

test('asks for no site where the person’s own press fills without it', async () => {
  for (const [name, asks] of [
    ['popup-one-not-granted-fillable', 0],
    ['popup-one-not-granted-autofill', 1],
    ['popup-one-not-granted', 1],
    ['popup-fill-noPermission', 1],
  ] as const) {
    await look(stateNamed(name), 'en', {}, async (page) => {
      expect(await page.locator('#grant').count(), name).toBe(asks);
    });
  }
});

test('shows what became of a reset, and of the lock, whose answer was lost', async () => {
  const reset = stateNamed('reset-no-answer');
  const [present, erased] = [reset.answers.getState, stateNamed('erased-reset').answers.getState];
  await look(reset, 'en', {}, async (page) => {
    expect(await page.textContent('#error')).toContain('It was not erased.');
  });
  const { act: _, ...untouched } = reset;
  await look({ ...untouched, answers: { ...reset.answers, getState: [present, erased] } }, 'en', {}, async (page) => {
    await page.click('#understand');
    await page.click('#resetNow');
    await page.waitForSelector('#erased');
  });
  const off = stateNamed('settings-lock-turning-on');
  const answers = { ...off.answers, getState: [off.answers.getState, present] };
  await look({ ...off, answers }, 'en', {}, async (page) => {
    await page.click('#turnOnNow');
    await page.waitForSelector('#turnOnNow', { state: 'detached' });
    expect(await page.isChecked('#lockOn')).toBe(true);
    expect(await page.textContent('main')).not.toContain('Nothing was changed');
  });
  await look(stateNamed('settings-lock-turning-on-no-answer'), 'en', {}, async (page) => {
    expect(await page.textContent('#turnOnError')).toContain('This could not be finished.');
  });
});

test('offers no correction by what was measured a while ago, but to check the clock again', async () => {
  const state = stateNamed('popup-clock-was');
  const right = stateNamed('popup-clock-right').answers.getState;
  const answers = {
    ...state.answers,
    getState: [state.answers.getState, right],
    checkClocks: { outcome: 'checked', unreached: [] },
  };
  await look({ ...state, answers }, 'en', {}, async (page) => {
    expect(await page.textContent('#clockWasOff')).toContain('On 21 November 2026, 09:30');
    expect(await page.locator('#correctClock').count()).toBe(0);
    await page.click('#recheckClock');
    await page.waitForSelector('#clockWasOff', { state: 'detached' });
  });
});
