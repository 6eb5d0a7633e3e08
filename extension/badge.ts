import { isOfToken } from './authorize.ts';
import { originOf, patternOf } from './origins.ts';
import type { Vault } from './vault.ts';

/** A tab as far as the browser lets us see it: without a grant for its host it has no address. */
export interface SeenTab {
  readonly id?: number | undefined;
  readonly url?: string | undefined;
}

export interface BadgeParts {
  readonly vault: Vault;
  readonly isGranted: (patterns: string[]) => Promise<boolean>;
  readonly tabs: () => Promise<readonly SeenTab[]>;
  /** Marks the toolbar button of this tab, or takes the mark away. */
  readonly mark: (tabId: number, hasToken: boolean) => Promise<void>;
}

/**
 * The mark on the toolbar button: this page has a token. Only tabs on granted hosts are seen at all. While the vault
 * is closed nobody knows whose hosts they are, and every one of them is marked.
 */
export function createBadge({ vault, isGranted, tabs, mark }: BadgeParts) {
  async function hasToken(url: string): Promise<boolean> {
    const origin = originOf(url);
    if (origin === null || !(await isGranted([patternOf(origin)]))) return false;
    if ((await vault.state()) === 'empty') return false;
    const tokens = await vault.list();
    return tokens === null || tokens.some((token) => isOfToken({ origin }, token.origins));
  }

  async function show({ id, url }: SeenTab): Promise<void> {
    // A page of the browser or of ours has no mark, and the browser takes off that of the page before.
    if (id !== undefined && url !== undefined && /^https?:/.test(url)) await mark(id, await hasToken(url));
  }

  return {
    /** The tab went to another page. */
    show,
    /** Tokens, grants or the vault changed. */
    async reconcile(): Promise<void> {
      for (const tab of await tabs()) await show(tab);
    },
  };
}
