import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'wxt';
import packageJson from '../package.json' with { type: 'json' };
import { createLicences } from './licences.ts';

/** Nothing but our own files runs in the extension's pages; they talk to a verifier over https, or on this computer. */
const pagePolicy = (developing: boolean) =>
  [
    "default-src 'none'",
    // Argon2id is WebAssembly.
    "script-src 'self' 'wasm-unsafe-eval'",
    // Under `wxt dev` vite puts styles into the page and listens for changes.
    developing ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'",
    "img-src 'self' data:",
    `connect-src https: http://localhost:* http://127.0.0.1:*${developing ? ' ws://localhost:*' : ''}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * zod compiles schemas with `new Function` where it may. The page policy forbids that, and stores refuse what looks
 * like it, so the possibility is taken out of the bundle: zod then reads schemas step by step.
 */
const withoutCompiledSchemas = {
  name: 'without-compiled-schemas',
  transform(code: string, id: string): string | null {
    if (!/\/zod\/v4\/core\/(util|doc)\.js$/.test(id)) return null;
    return code.replaceAll('const F = Function;', 'const F = undefined;');
  },
};

/**
 * zod can also describe its schemas as JSON Schema and its errors in English, and every text could be asked to be an
 * address, an emoji and the like: what nothing here asks for or shows is an eighth of the background.
 */
const withoutUnusedOfZod = {
  name: 'without-unused-of-zod',
  transform(code: string, id: string): string | null {
    if (!id.endsWith('/zod/v4/classic/schemas.js')) return null;
    return code
      .replace(/^import (\{[^}]*\}) from "\.\.\/core\/to-json-schema\.js";$/m, 'const $1 = {};')
      .replace('import en from "../locales/en.js";', 'const en = () => ({ localeError: () => undefined });')
      .replace(/^ *inst\._zod\.processJSONSchema = .*;$/gm, '')
      .replace(/^ *\w+\(params\) \{\s+return this\.check\(core\._\w+\(Zod\w+, params\)\);\s+\},$/gm, '');
  },
};

/**
 * hono writes HTML text for `dangerouslySetInnerHTML`, which nothing here uses, and to empty an element. Stores ask about
 * each such place, so the first goes and the second sets an empty text.
 */
const withoutHtmlText = {
  name: 'without-html-text',
  transform(code: string, id: string): string | null {
    if (!/\/hono\/dist\/jsx\/dom\//.test(id)) return null;
    return code
      .replace(/container\.innerHTML = value\.__html/, "throw new Error('no HTML text')")
      .replace(/\.innerHTML = ""/g, '.textContent = ""');
  },
};

/** wxt frames the script in the bank's page to tell of a crash, to a logger that says nothing. */
const withoutFrame = {
  name: 'without-frame',
  transform(code: string, id: string): string | null {
    if (!id.includes('unlisted-script-entrypoint')) return null;
    const [script] = /^import definition from .*$/m.exec(code) ?? [];
    return script === undefined ? null : `${script}\ndefinition.main();`;
  },
};

/**
 * The popup's script asks the background as soon as it is there, without waiting for the style sheet, and no empty frame
 * is drawn before that.
 */
const earlyScript = {
  name: 'early-script',
  transformIndexHtml: {
    order: 'post',
    handler: (html: string, { path }: { readonly path: string }) =>
      path.endsWith('/popup/index.html')
        ? html.replace('<script type="module"', '<script type="module" async blocking="render"')
        : html,
  },
} as const;

const licences = createLicences();

export default defineConfig({
  manifestVersion: 3,
  imports: false,
  modules: ['@wxt-dev/webextension-polyfill'],
  manifest: ({ browser, command }) => ({
    version: packageJson.version,
    name: '__MSG_extensionName__',
    description: '__MSG_extensionDescription__',
    default_locale: 'ja',
    action: { default_title: '__MSG_extensionName__' },
    permissions: [
      ...['storage', 'scripting', 'activeTab', 'alarms', 'clipboardWrite', 'contextMenus'],
      // Not for its size: without it a browser may delete the tokens to make room on a full disk.
      'unlimitedStorage',
      // Firefox never reports a locked system, and its background reaches the clipboard by itself.
      ...(browser === 'firefox' ? [] : ['idle', 'offscreen']),
    ],
    optional_host_permissions: ['https://*/*', 'http://localhost/*', 'http://127.0.0.1/*'],
    content_security_policy: { extension_pages: pagePolicy(command === 'serve') },
    // One vault for all windows; a private window sees it only where the person lets the extension in there.
    incognito: 'spanning',
    commands: {
      fill: {
        // Free in both browsers: Ctrl+Shift+Y is Firefox's download list on Linux, Command+Shift+F is Chrome's on a Mac,
        // and Alt+Shift switches input methods.
        suggested_key: { default: 'Ctrl+Shift+F', mac: 'MacCtrl+Shift+F' },
        description: '__MSG_fillCommand__',
      },
    },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: 'shirushi@shirushi.example',
              // The first that knows data_collection_permissions.
              strict_min_version: '140.0',
              data_collection_permissions: { required: ['none'] },
            },
          },
        }
      : // The first whose shortcut may open the popup (action.openPopup).
        { minimum_chrome_version: '127' }),
  }),
  vite: () => ({
    // Without `development` the environment decides, and where NODE_ENV is not production the folder's name gets in.
    oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx/dom', development: false } },
    build: { sourcemap: false, modulePreload: false },
    plugins: [withoutCompiledSchemas, withoutUnusedOfZod, withoutHtmlText, withoutFrame, earlyScript, licences.plugin],
  }),
  hooks: {
    'build:done': (wxt) => writeFileSync(join(wxt.config.outDir, 'licences.txt'), licences.text()),
    // A plain script instead of wxt's content script frame: that one brings 10 KB and an event that pages can see.
    'entrypoints:found': (_wxt, found) => {
      for (const entry of found) if (entry.name === 'bank') entry.type = 'unlisted-script';
    },
    // The popup shares no file with the options page: each of them is one script and one style sheet. A person waits for
    // the popup, and each file more is a millisecond.
    'entrypoints:grouped': (_wxt, groups) => {
      const isPopup = (entry: { readonly type: string }) => entry.type === 'popup';
      const pages = groups.find((group) => Array.isArray(group) && group.some(isPopup));
      if (!Array.isArray(pages)) throw new Error('no popup to build');
      groups.push(pages.splice(pages.findIndex(isPopup), 1));
    },
  },
});
