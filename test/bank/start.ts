import { accessSync, constants, mkdirSync, watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import PostalMime from 'postal-mime';
import { type BrowserName, browserNames, findBrowser } from '../browser/install.ts';
import { builtExtension } from '../browser/open.ts';
import { hasDisplay, openWindow, type Window } from './browser-window.ts';
import { buildExtension, extensionSources, isExtensionUpToDate } from './extension-build.ts';
import {
  demoInstitution,
  isPortFree,
  prepareFobs,
  prepareVerifier,
  type Service,
  ServiceFailed,
  startBank,
  startVerifier,
} from './processes.ts';
import { profiles } from './profiles.ts';
import { texts } from './texts.ts';

/**
 * `npm start`: builds the extension, starts verifier and sample bank, opens a browser. `--watch` (`npm run dev`) starts
 * each anew when its source changes.
 * From the environment: BANK_PORT (4000), PORT (4001), HARDWARE_BANK_PORT (4002), DATA_DIR (./data), BROWSER (chromium, firefox or none).
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const watching = process.argv.includes('--watch');
const dataDir = resolve(process.env.DATA_DIR ?? join(root, 'data'));
const ports = {
  bank: Number(process.env.BANK_PORT || 4000),
  verifier: Number(process.env.PORT || 4001),
  hardwareBank: Number(process.env.HARDWARE_BANK_PORT || 4002),
};
const bankUrl = `http://localhost:${ports.bank}`;
const hardwareBankUrl = `http://localhost:${ports.hardwareBank}`;
const startedMs = Date.now();

/** What went wrong, in both languages, with what to do. */
class CannotStart extends Error {
  constructor(ja: string, en: string) {
    super(`${ja}\n${en}`);
  }
}

const running: { services: Service[]; window: Window | null } = { services: [], window: null };
let ending: Promise<void> | null = null;

/** Ends all of it, once: the browser first, since its pages still ask the others. */
function end(): Promise<void> {
  ending ??= (async () => {
    await running.window?.close().catch(() => {});
    for (const service of running.services.toReversed()) await service.stop();
  })();
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, async () => {
    console.log('\n終了します / Stopping …');
    await end();
    process.exit(0);
  });
}

// A signal to npm alone ends npm and its shell, and never reaches us: we see it by the parent that we lose.
const parent = process.ppid;
if (process.env.npm_lifecycle_event !== undefined) {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

async function step<Value>(what: string, work: Promise<Value>): Promise<Value> {
  const beginMs = Date.now();
  if (process.stdout.isTTY) process.stdout.write(`  … ${what}`);
  const value = await work;
  const seconds = ((Date.now() - beginMs) / 1000).toFixed(1);
  process.stdout.write(`${process.stdout.isTTY ? '\r' : ''}  ✓ ${what} (${seconds} s)\n`);
  return value;
}

async function chooseBrowser(): Promise<{ readonly name: BrowserName; readonly path: string } | null> {
  const wanted = process.env.BROWSER ?? '';
  if (wanted === 'none' || !hasDisplay()) return null;
  for (const name of browserNames.filter(
    (each) => wanted === '' || !browserNames.includes(wanted as BrowserName) || each === wanted,
  )) {
    const path = await findBrowser(name);
    if (path !== null) return { name, path };
  }
  return null;
}

async function checkPorts(): Promise<void> {
  for (const [name, port] of [
    ['BANK_PORT', ports.bank],
    ['PORT', ports.verifier],
    ['HARDWARE_BANK_PORT', ports.hardwareBank],
  ] as const) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new CannotStart(
        `${name} には 1〜65535 のポート番号を指定してください。`,
        `${name} expects a port number from 1 to 65535.`,
      );
    if (await isPortFree(port)) continue;
    throw new CannotStart(
      `ポート ${port} は使用中です。すでに起動している場合はそれを終了するか、${name}=${port + 10} npm start のように別のポートを指定してください。`,
      `Port ${port} is in use. Stop what uses it (another npm start?), or choose another: ${name}=${port + 10} npm start`,
    );
  }
}

function checkDataDir(): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CannotStart(
      `DATA_DIR のフォルダ ${shown(dataDir)} に書き込めません(${code})。別のフォルダを指定してください。`,
      `The folder ${shown(dataDir)} of DATA_DIR cannot be written (${code}). Choose another one.`,
    );
  }
}

/** Names each new mail with its link. */
function watchOutbox(outbox: string): void {
  const seen = new Set<string>();
  const look = async (announce: boolean) => {
    for (const name of await readdir(outbox)) {
      if (!name.endsWith('.eml') || seen.has(name)) continue;
      seen.add(name);
      if (!announce) continue;
      const mail = await PostalMime.parse(await readFile(join(outbox, name)));
      const link = mail.text?.match(/https?:\/\/\S+/)?.[0] ?? '';
      console.log(`✉ ${mail.to?.[0]?.address ?? ''}  ${link}\n  ${shown(join(outbox, name))}`);
    }
  };
  mkdirSync(outbox, { recursive: true });
  void look(false).then(() => watch(outbox, () => void look(true).catch(() => {})).unref());
}

/** Builds the extension anew when it changes. */
function watchExtension(browsers: readonly BrowserName[]): void {
  let due: NodeJS.Timeout | null = null;
  const rebuild = async () => {
    try {
      for (const browser of browsers)
        await step(`${browser}: 拡張機能をビルド / extension built`, buildExtension(browser));
      await running.window?.reloadExtension();
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
    }
  };
  for (const source of extensionSources) {
    watch(join(root, source), { recursive: true }, (_event, name) => {
      if (name?.startsWith('.')) return;
      if (due !== null) clearTimeout(due);
      due = setTimeout(rebuild, 200);
    }).unref();
  }
}

/** A path as one would type it here. */
function shown(path: string): string {
  const here = relative(process.cwd(), path);
  return here.startsWith('..') ? path : here;
}

function printReady(verifierUrl: string, browser: BrowserName | null): void {
  const logins = (name: keyof typeof profiles) =>
    profiles[name].logins.map(
      ({ loginId, password, role, name: { ja, en } }) =>
        `    ${loginId.padEnd(8)} ${password.padEnd(14)} ${ja} / ${en} (${texts[role].ja} / ${texts[role].en})`,
    );
  const { software, hardware } = profiles;
  const byHand = [
    '  拡張機能の読み込み / Load the extension:',
    `    Chromium  chrome://extensions → デベロッパーモード / Developer mode → ${shown(builtExtension.chromium)}`,
    `    Firefox   about:debugging#/runtime/this-firefox → ${shown(join(builtExtension.firefox, 'manifest.json'))}`,
  ];
  const opened = [
    `  ${browser} を開きました。「Shirushi」はツールバーのパズルの印の中です。`,
    `  ${browser} is open. Shirushi is behind the puzzle piece in its toolbar.`,
  ];
  console.log(
    [
      '',
      `  ${software.bankName.ja} / ${software.bankName.en}   ${bankUrl}`,
      ...logins('software'),
      `  ${hardware.bankName.ja} / ${hardware.bankName.en}   ${hardwareBankUrl}   (トークン / fobs: ${hardwareBankUrl}/fob)`,
      ...logins('hardware'),
      `  認証サーバー / Verifier             ${verifierUrl}   (API: ${verifierUrl}/docs)`,
      `  メール / Mails                      ${shown(join(dataDir, 'outbox'))}`,
      ...(browser === null ? byHand : opened),
      '',
      '  Ctrl-C で終了します。データは残ります。 / Ctrl-C ends all of it; data stays.',
      '',
    ].join('\n'),
  );
}

/** In a log of one of the services: only what went wrong. */
function troubleOf(name: string): (line: string) => void {
  return (line) => {
    try {
      const { level, msg, error } = JSON.parse(line) as { level?: number | string; msg?: string; error?: string };
      const isTrouble =
        error !== undefined || (typeof level === 'number' ? level >= 50 : level === 'error' || level === 'fatal');
      if (isTrouble) console.error(`${name}: ${msg ?? ''} ${error ?? ''}`);
    } catch {
      if (watching) console.error(`${name}: ${line}`);
    }
  };
}

async function buildFor(browsers: readonly BrowserName[]): Promise<void> {
  for (const browser of browsers) {
    if (isExtensionUpToDate(browser)) continue;
    await step(`拡張機能をビルド / building the extension: ${browser}`, buildExtension(browser));
  }
}

/** API key of each bank, and the file of the fobs. */
async function prepare(): Promise<[string, string, string]> {
  const keyFile = await prepareVerifier(dataDir, demoInstitution(bankUrl));
  const hardware = demoInstitution(hardwareBankUrl, 'hardware');
  return [keyFile, await prepareVerifier(dataDir, hardware, 'hardware'), await prepareFobs(dataDir)];
}

async function start(): Promise<void> {
  console.log('しるし / Shirushi');
  await checkPorts();
  checkDataDir();
  const chosen = await chooseBrowser();
  const browsers = chosen === null ? browserNames : [chosen.name];
  await buildFor(browsers);

  const [keyFile, hardwareKeyFile, fobs] = await step('金融機関と API キー / institutions and API keys', prepare());
  const verifier = await step(
    '認証サーバー / verifier',
    startVerifier({ port: ports.verifier, dataDir, watch: watching, onLine: troubleOf('verifier') }),
  );
  running.services.push(verifier);
  const bank = await step(
    'お試し金融機関 / sample bank',
    startBank({
      port: ports.bank,
      dataDir,
      verifierUrl: verifier.url,
      keyFile,
      watch: watching,
      onLine: troubleOf('bank'),
    }),
  );
  running.services.push(bank);
  const hardwareBank = await step(
    'お試し金融機関（トークン） / sample bank of key fobs',
    startBank({
      ...{ port: ports.hardwareBank, profile: 'hardware', dataDir, fobs, verifierUrl: verifier.url },
      keyFile: hardwareKeyFile,
      watch: watching,
      onLine: troubleOf('hardware bank'),
    }),
  );
  running.services.push(hardwareBank);
  for (const service of [verifier, bank, hardwareBank]) {
    void service.ended.then(async () => {
      if (ending !== null) return;
      console.error(`${service === verifier ? 'verifier' : 'sample bank'}: 予期せず終了しました / ended unexpectedly`);
      await end();
      process.exit(1);
    });
  }

  if (chosen !== null) {
    const opened = openWindow({ browser: chosen.name, executablePath: chosen.path, dataDir, url: bankUrl });
    running.window = await step(`ブラウザ / browser: ${chosen.name}`, opened).catch((error: unknown) => {
      console.error(
        `\n  ブラウザを開けませんでした / The browser could not be opened: ${String(error).split('\n')[0]}`,
      );
      return null;
    });
    void running.window?.closed.then(() => {
      if (ending === null)
        console.log(
          `ブラウザが閉じられました。Ctrl-C で終了します。 / The browser was closed. Ctrl-C ends the rest. ${bankUrl}`,
        );
      running.window = null;
    });
    if (running.window === null) await buildFor(browserNames);
  }
  watchOutbox(join(dataDir, 'outbox'));
  if (watching) watchExtension(browsers);
  printReady(verifier.url, running.window?.browser ?? null);
  console.log(`  ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
}

try {
  await start();
} catch (error) {
  const known = error instanceof CannotStart || error instanceof ServiceFailed;
  console.error(`\n${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  await end();
  process.exit(1);
}
