/**
 * Pictures of every state of popup and options: `node test/extension/face/shoot.ts FOLDER [part of a name] [forced | more]`.
 * The extension has to be built. Each state is drawn in both languages, light and dark; `forced` draws the system's own
 * colours, `more` more contrast.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright';
import { findBrowser } from '../../browser/install.ts';
import { openOnStage, openStage } from './stage.ts';
import { faceStates } from './states.ts';

const [folder, part = '', contrast] = process.argv.slice(2);
if (folder === undefined) throw new Error('say which folder the pictures go to');
await mkdir(folder, { recursive: true });

const stage = await openStage(resolve(process.env.EXTENSION_DIR ?? 'extension/.output/chrome-mv3'));
const browser = await chromium.launch({
  executablePath: (await findBrowser('chromium')) ?? '',
  args: ['--no-sandbox'],
});
const looks = (['ja', 'en'] as const).flatMap((language) =>
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    faceStates.filter(({ name }) => name.includes(part)).map((state) => ({ language, colorScheme, state })),
  ),
);
const next = looks.values();
await Promise.all(
  Array.from({ length: 4 }, async () => {
    for (const { language, colorScheme, state } of next) {
      const popup = state.path === 'popup.html';
      const context = await browser.newContext({
        colorScheme,
        forcedColors: contrast === 'forced' ? 'active' : 'none',
        contrast: contrast === 'more' ? 'more' : 'no-preference',
        reducedMotion: 'reduce',
        viewport: popup ? { width: 360, height: 200 } : { width: 900, height: 600 },
        deviceScaleFactor: popup ? 2 : 1,
      });
      context.setDefaultTimeout(3000);
      const script = { answers: state.answers, language, grants: state.grants ?? false, hosts: state.hosts ?? [] };
      const page = await openOnStage(context, script, `${stage.address}/${state.path}`);
      try {
        await page.waitForSelector('main *');
        await state.act?.(page);
      } catch (error) {
        console.error(`${state.name}: ${String(error)}`);
      }
      await page.waitForTimeout(60);
      await page.screenshot({ path: join(folder, `${state.name}.${language}.${colorScheme}.png`), fullPage: true });
      await context.close();
    }
  }),
);
await browser.close();
await stage.close();
