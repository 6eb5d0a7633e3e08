import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = new URL('..', import.meta.url).pathname;

/** Source text by path from the repository's root. */
type Sources = ReadonlyMap<string, string>;

function readSources(): Sources {
  const sources = new Map<string, string>();
  for (const top of ['shared', 'extension', 'verifier', 'test']) {
    for (const entry of readdirSync(join(root, top), { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(root.length);
      const hidden = /(^|\/)(\.|node_modules\/)/.test(path);
      if (entry.isFile() && !hidden && /\.(ts|tsx|js|mjs)$/.test(path))
        sources.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
  return sources;
}

/** The text without comments; strings stay, since they may hold what looks like one. */
function withoutComments(text: string): string {
  const stringOrComment = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(stringOrComment, (found) => (found.startsWith('/') ? ' ' : found));
}

interface Import {
  /** A package's name, or a path from the repository's root. */
  readonly target: string;
  /** Erased before anything runs. */
  readonly typeOnly: boolean;
}

function importsOf(path: string, text: string): readonly Import[] {
  const statement =
    /(?:^|[;\n])\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\sfrom\s*)?['"]([^'"]+)['"]|(?:import|require)\s*\(\s*['"`]([^'"`]+)['"`]/g;
  return [...withoutComments(text).matchAll(statement)].map(([, type, named, called]) => {
    const target = named ?? called ?? '';
    return {
      target: target.startsWith('.') ? normalize(join(dirname(path), target)) : target,
      typeOnly: type !== undefined,
    };
  });
}

const folders = ['shared', 'extension', 'verifier', 'test'];
const folderOf = (path: string) => folders.find((folder) => path.startsWith(`${folder}/`));
const edges = ['verifier/server.ts', 'verifier/cli.ts', 'verifier/settings.ts'];
const isVault = (path: string) => /^extension\/vault[^/]*\.ts$/.test(path);
/** Parts of the extension that run where a page or a window can be looked into. */
const isFace = (path: string) =>
  /^extension\/(entrypoints\/(popup|options)\b|entrypoints\/[^/]*content|ui\/|autofill\/)/.test(path);

const impure =
  /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(\s*\)|\bMath\.random\b|\bgetRandomValues\b|\brandom(Bytes|UUID|Int)\b|\bperformance\b|\bprocess\b|\bfetch\(|\bconsole\b|\bset(Timeout|Interval)\b/;
const readsEdge = /\bprocess\.env\b|\bprocess\s*\[|\bDate\.now\b|\bnew Date\(\s*\)/;

/** Files that a path pulls in at run time, itself included. */
function reachable(sources: Sources, start: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const text = sources.get(path);
    if (seen.has(path) || text === undefined) continue;
    seen.add(path);
    for (const { target, typeOnly } of importsOf(path, text)) if (!typeOnly) open.push(target);
  }
  return seen;
}

/** Every breach of the table of who may import whom, as `file: what`. */
function violations(sources: Sources): readonly string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    const say = (what: string) => found.push(`${path}: ${what}`);
    const code = withoutComments(text);
    const folder = folderOf(path);
    for (const { target } of importsOf(path, text)) {
      const into = folderOf(target);
      if (folder === 'shared' && into !== 'shared' && (into !== undefined || target.startsWith('..')))
        say(`imports ${target}`);
      if (folder === 'shared' && target.startsWith('node:')) say(`imports ${target}`);
      if (folder === 'extension' && (into === 'verifier' || into === 'test')) say(`imports ${target}`);
      if (folder === 'verifier' && (into === 'extension' || into === 'test')) say(`imports ${target}`);
      if (path.startsWith('verifier/rules/') && into !== 'shared' && !target.startsWith('verifier/rules/'))
        say(`imports ${target}`);
      if (/^verifier\/(routes|screens)\//.test(path)) {
        if (/^(kysely|node:sqlite|pg)(\/|$)/.test(target)) say(`imports ${target}`);
        if (target.startsWith('verifier/store/') && target !== 'verifier/store/store.ts') say(`imports ${target}`);
      }
      if (isFace(path) && isVault(target)) say(`imports ${target}`);
    }
    if (path.startsWith('verifier/rules/') && impure.test(code)) say(`uses ${impure.exec(code)?.[0]}`);
    if (folder === 'verifier' && !edges.includes(path) && readsEdge.test(code))
      say(`uses ${readsEdge.exec(code)?.[0]}`);
    if (isFace(path)) {
      for (const reached of reachable(sources, path)) if (isVault(reached)) say(`reaches ${reached}`);
    }
  }
  return found;
}

test('nobody imports whom they may not, in the whole repository', () => {
  const sources = readSources();
  expect(sources.size).toBeGreaterThan(60);
  expect(violations(sources)).toEqual([]);
});

describe('a planted violation is found', () => {
  test.each([
    ['shared/x.ts', `import { a } from '../verifier/app.ts';`],
    ['shared/x.ts', `export * from '../extension/vault.ts';`],
    ['shared/x.ts', `import { readFileSync } from 'node:fs';`],
    ['extension/x.ts', `import type { Store } from '../verifier/store/store.ts';`],
    ['verifier/x.ts', `const a = await import('../extension/messages.ts');`],
    ['verifier/x.ts', `import { bench } from '../test/verifier/fixture.ts';`],
    ['verifier/x.ts', `const port = process.env.PORT;`],
    ['verifier/routes/x.ts', `const now = Date.now();`],
    ['verifier/routes/x.ts', `const now = new Date();`],
    ['verifier/routes/x.ts', `import { sql } from 'kysely';`],
    ['verifier/routes/x.ts', `import { openSqliteStore } from '../store/sqlite.ts';`],
    ['verifier/screens/x.ts', `import { DatabaseSync } from 'node:sqlite';`],
    ['verifier/rules/x.ts', `import { readFileSync } from 'node:fs';`],
    ['verifier/rules/x.ts', `import { randomBytes } from 'node:crypto';`],
    ['verifier/rules/x.ts', `import type { Store } from '../store/store.ts';`],
    ['verifier/rules/x.ts', `export const dice = () => Math.random();`],
    ['verifier/rules/x.ts', `export const id = () => crypto.randomUUID();`],
    ['verifier/rules/x.ts', `export const now = () => Date.now();`],
    ['extension/entrypoints/popup/main.tsx', `import { open } from '../../vault.ts';`],
    ['extension/entrypoints/bank.content.ts', `import {\n  open,\n  close,\n} from '../vault-slots.ts';`],
    ['extension/ui/x.ts', `import type { Vault } from '../vault.ts';`],
  ])('%s: %s', (path, text) => {
    expect(violations(new Map([[path, text]]))).not.toEqual([]);
  });

  test('through another file', () => {
    const sources = new Map([
      ['extension/entrypoints/options/main.tsx', `import { help } from '../../help.ts';`],
      ['extension/help.ts', `import { open } from './vault.ts';`],
      ['extension/vault.ts', 'export const open = 1;'],
    ]);
    expect(violations(sources)).toEqual(['extension/entrypoints/options/main.tsx: reaches extension/vault.ts']);
  });
});

test('what only looks like a violation is let through', () => {
  const sources = new Map([
    [
      'verifier/rules/x.ts',
      `// Date.now() is for the edges\n/* Math.random() too */\nexport const at = (ms: number) => new Date(ms);`,
    ],
    ['verifier/cli.ts', `const now = Date.now();\nconst level = process.env.LOG_LEVEL;`],
    ['verifier/routes/y.ts', `import type { Store } from '../store/store.ts';`],
    ['extension/entrypoints/popup/y.ts', `import type { Request } from '../../messages.ts';`],
    ['extension/entrypoints/background.ts', `import { open } from '../vault.ts';`],
    ['test/verifier/x.test.ts', `import { openSqliteStore } from '../../verifier/store/sqlite.ts';`],
  ]);
  expect(violations(sources)).toEqual([]);
});
