import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { Browser, detectBrowserPlatform, getInstalledBrowsers, install, resolveBuildId } from '@puppeteer/browsers';

export type BrowserName = 'chromium' | 'firefox';
export const browserNames: readonly BrowserName[] = ['chromium', 'firefox'];

const cacheDir = join(homedir(), '.cache', 'shirushi', 'browsers');
const japaneseFont = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc';

/**
 * Executables by name, most wanted first. Branded Chrome comes last: it loads an unpacked extension only through a
 * debugging pipe. Of Firefox only the extended support release installs an extension that nobody signed.
 */
const commands: Record<BrowserName, readonly string[]> = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  firefox: ['firefox-esr', 'firefox'],
};
const applications: Record<BrowserName, readonly string[]> = {
  chromium: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ],
  firefox: ['/Applications/Firefox.app/Contents/MacOS/firefox', 'C:\\Program Files\\Mozilla Firefox\\firefox.exe'],
};

function commandPath(command: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, command);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {}
  }
  return null;
}

/** A snap sees neither our temporary profiles nor an extension outside of the home folder. */
function isSnap(path: string): boolean {
  const real = realpathSync(path);
  const isScript = statSync(real).size < 65_536;
  return real.startsWith('/snap/') || real.endsWith('/snap') || (isScript && readFileSync(real).includes('/snap/bin'));
}

function takesUnsignedExtensions(path: string): boolean {
  if (path.endsWith('firefox-esr')) return true;
  return /esr|a1|b\d/.test(spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 10_000 }).stdout ?? '');
}

async function downloaded(name: BrowserName): Promise<string | null> {
  if (!existsSync(cacheDir)) return null;
  const wanted = name === 'chromium' ? Browser.CHROME : Browser.FIREFOX;
  const found = (await getInstalledBrowsers({ cacheDir })).find(({ browser }) => browser === wanted);
  return found !== undefined && existsSync(found.executablePath) ? found.executablePath : null;
}

/** Path of an installed browser that can load our extension, or null. */
export async function findBrowser(name: BrowserName): Promise<string | null> {
  const chosen = process.env[`SHIRUSHI_${name.toUpperCase()}`];
  if (chosen !== undefined && chosen !== '') return chosen;
  const paths = [...commands[name].map(commandPath), ...applications[name]];
  for (const path of paths) {
    if (path === null || !existsSync(path) || isSnap(path)) continue;
    if (name === 'chromium' || takesUnsignedExtensions(path)) return path;
  }
  return downloaded(name);
}

/** Path of Debian's TOTP command, the independent implementation that the tests compare with, or null. */
export function findOathtool(): string | null {
  return commandPath('oathtool');
}

/** Path of Debian's command that reads and signs PSKC files, or null. */
export function findPskctool(): string | null {
  return commandPath('pskctool');
}

/** Debian's packages that are missing, as far as this user may install them. */
function installPackages(packages: readonly string[]): boolean {
  const isRoot = process.getuid?.() === 0;
  const isDebian = existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  if (!isDebian || commandPath('apt-get') === null) return false;
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return false;
  const run = (args: readonly string[]) => {
    const command = isRoot
      ? ['apt-get', ...args]
      : ['sudo', '-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    execFileSync(command[0] ?? '', command.slice(1), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  try {
    run(['update', '-qq']);
    run(['install', '-qq', '-y', '--no-install-recommends', ...packages]);
    return true;
  } catch (error) {
    console.error(String((error as { stderr?: Buffer }).stderr ?? error).trim());
    return false;
  }
}

async function download(name: BrowserName): Promise<string> {
  const browser = name === 'chromium' ? Browser.CHROME : Browser.FIREFOX;
  const machine = detectBrowserPlatform();
  if (machine === undefined) throw new Error(`no ${name} is offered for this kind of computer`);
  const buildId = await resolveBuildId(browser, machine, name === 'chromium' ? 'stable' : 'esr');
  const installDeps = name === 'chromium' && platform() === 'linux' && process.getuid?.() === 0;
  return (await install({ browser, buildId, cacheDir, installDeps })).executablePath;
}

/** Both browsers, installed where they were missing. Says in a line what it does. */
export async function installBrowsers(): Promise<Record<BrowserName, string>> {
  const found = { chromium: await findBrowser('chromium'), firefox: await findBrowser('firefox') };
  const missing = browserNames.filter((name) => found[name] === null);
  const wanted: string[] = missing.map((name) => (name === 'chromium' ? 'chromium' : 'firefox-esr'));
  if (platform() === 'linux') {
    if (!existsSync(japaneseFont)) wanted.push('fonts-noto-cjk');
    if (findOathtool() === null) wanted.push('oathtool');
    if (findPskctool() === null) wanted.push('pskctool');
  }
  if (wanted.length > 0) {
    console.log(`Installing for the tests: ${wanted.join(', ')} …`);
    if (!installPackages(wanted) && missing.length > 0)
      console.log(`Not through apt-get. Downloading to ${cacheDir} …`);
  }
  const path = async (name: BrowserName) => {
    const here = found[name] ?? (await findBrowser(name));
    if (here !== null) return here;
    return download(name).catch((cause: unknown) => {
      throw new Error(
        `No ${name} is here and none could be installed. Install it and set SHIRUSHI_${name.toUpperCase()} to its path.`,
        { cause },
      );
    });
  };
  const paths = { chromium: await path('chromium'), firefox: await path('firefox') };
  console.log(`Browsers: ${paths.chromium}, ${paths.firefox}`);
  return paths;
}

if (import.meta.main) {
  try {
    await installBrowsers();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (error instanceof Error && error.cause instanceof Error) console.error(error.cause.message);
    process.exitCode = 1;
  }
}
