import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, relative } from 'node:path';
import type { BrowserContext, Page } from 'playwright';

/**
 * The built popup and options pages on a stage: served over http under the extension's own page policy, with a scripted
 * background in place of the real one. For looking at states that are hard to reach; what the real background does is
 * for the end-to-end tests.
 */

/** Answers by message name. A list gives one answer each time and then its last one over and over. */
export interface Script {
  readonly answers: Readonly<Record<string, unknown>>;
  /** What the person answers when the browser asks for access. */
  readonly grants?: boolean;
  /** Host patterns that the person granted before. */
  readonly hosts?: readonly string[];
  readonly language: 'ja' | 'en';
}

export interface Stage {
  readonly address: string;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Serves the unpacked extension in `directory`. */
export async function openStage(directory: string): Promise<Stage> {
  // Read once: a build that begins meanwhile empties the folder.
  const files = new Map<string, Buffer>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(`/${relative(directory, path).replaceAll('\\', '/')}`, await readFile(path));
  }
  const manifest = JSON.parse(String(files.get('/manifest.json'))) as {
    content_security_policy: { extension_pages: string };
  };
  const server: Server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://stage').pathname;
    const body = files.get(path);
    if (body === undefined) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': manifest.content_security_policy.extension_pages,
    });
    return response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A page that will talk to the script. Messages that were sent stand in `window.sent`. */
export async function openOnStage(context: BrowserContext, script: Script, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.addInitScript(actAsBrowser, script);
  await page.goto(url);
  return page;
}

/** Runs in the page, before it: the few parts of the browser's extension interface that the pages use. */
function actAsBrowser(script: Script): void {
  const turns: Record<string, number> = {};
  const sent: unknown[] = [];
  const event = { addListener: () => undefined, removeListener: () => undefined };
  const answerTo = (name: string): Record<string, unknown> => {
    const given = script.answers[name];
    const turn = turns[name] ?? 0;
    turns[name] = turn + 1;
    const answer = structuredClone(Array.isArray(given) ? given[Math.min(turn, given.length - 1)] : given) as Record<
      string,
      unknown
    >;
    if (answer === undefined) throw new Error(`the script has no answer to ${name}`);
    if (typeof answer.remainingMs === 'number') answer.changesAtMs = Date.now() + answer.remainingMs;
    return answer;
  };
  /** The popup asks once for what the options page asks for in parts. */
  const openPopup = () => {
    const [state, code] = [answerTo('getState'), answerTo('getCode')];
    const shown = code.outcome === 'code' ? (state.tokens as { id: string }[]) : [];
    const codes = Object.fromEntries(shown.map(({ id }) => [id, code]));
    return { ...state, settings: answerTo('getSettings'), page: answerTo('page'), codes };
  };
  const sendMessage = async (message: { name: string }) => {
    sent.push(message);
    return message.name === 'openPopup' ? openPopup() : answerTo(message.name);
  };
  // As if the person called the browser's dialog off.
  const calledOff = async () => {
    throw new DOMException('', 'NotAllowedError');
  };
  Object.assign(navigator.credentials, { get: calledOff, create: calledOff });
  Object.assign(globalThis, {
    sent,
    browser: {
      runtime: {
        id: 'stage',
        sendMessage,
        onMessage: event,
        getURL: (path: string) => `chrome-extension://stage${path}`,
        getManifest: () => ({ version: '0.1.0' }),
      },
      i18n: { getUILanguage: () => script.language },
      tabs: {
        getCurrent: async () => undefined,
        query: async () => [{ id: 1, active: true }],
        create: async (options: { url: string }) => sent.push({ name: 'tab', url: options.url }),
      },
      idle: {},
      permissions: {
        getAll: async () => ({ origins: script.hosts ?? [] }),
        request: async (asked: unknown) => {
          sent.push({ name: 'permission', asked });
          return script.grants ?? false;
        },
        remove: async () => true,
        onAdded: event,
        onRemoved: event,
      },
    },
  });
}
