import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'puppeteer-core';

/** What a condition on a page may be given: it is sent as JSON. */
type Json = string | number | boolean | null | readonly Json[];

/** A document in the browser under test: a tab, or the extension's popup. */
export abstract class View {
  /** Value of an expression in the document. */
  protected abstract evaluateText(expression: string): Promise<unknown>;
  abstract click(selector: string): Promise<void>;
  /** Puts `text` into a field in place of what it held. */
  abstract fill(selector: string, text: string): Promise<void>;
  abstract close(): Promise<void>;

  /** Runs a function in the document. It must not refer to anything outside of itself but its arguments. */
  evaluate<Args extends readonly Json[], Value>(run: (...args: Args) => Value, ...args: Args): Promise<Awaited<Value>> {
    return this.evaluateText(`(${run})(...${JSON.stringify(args)})`) as Promise<Awaited<Value>>;
  }

  /** Waits until the function gives a truthy value, through navigations too, and returns it. */
  async waitFor<Args extends readonly Json[], Value>(
    what: string,
    run: (...args: Args) => Value,
    ...args: Args
  ): Promise<NonNullable<Awaited<Value>>> {
    const timeoutMs = 40_000;
    const endMs = Date.now() + timeoutMs;
    let last: unknown;
    while (Date.now() < endMs) {
      try {
        const value = await this.evaluate(run, ...args);
        if (value) return value as NonNullable<Awaited<Value>>;
        last = value;
      } catch (error) {
        // The document went away under the question: its successor is asked next.
        last = error;
      }
      await sleep(50);
    }
    const page = await this.evaluateText('location.href + "\\n" + document.body?.textContent').catch(String);
    throw new Error(`waited ${timeoutMs} ms for ${what}; last: ${String(last)}; on ${String(page)}`);
  }

  /** Waits until the element is there and visible. */
  async see(selector: string): Promise<void> {
    await this.waitFor(
      `${selector} to be visible`,
      (wanted) => document.querySelector(wanted)?.checkVisibility({ visibilityProperty: true }),
      selector,
    );
  }

  /** Waits until the element is visible and its text holds `part`. */
  async seeText(selector: string, part: string): Promise<string> {
    return this.waitFor(
      `${selector} to say ${part}`,
      (wanted, text) => {
        const element = document.querySelector<HTMLElement>(wanted);
        return element?.checkVisibility() && element.textContent.includes(text) ? element.textContent : '';
      },
      selector,
      part,
    );
  }

  isVisible(selector: string): Promise<boolean> {
    return this.evaluate((wanted) => document.querySelector(wanted)?.checkVisibility() ?? false, selector);
  }

  text(selector: string): Promise<string> {
    return this.waitFor(
      `${selector} to have a text`,
      (wanted) => document.querySelector<HTMLElement>(wanted)?.textContent,
      selector,
    );
  }

  value(selector: string): Promise<string> {
    return this.evaluate((wanted) => document.querySelector<HTMLInputElement>(wanted)?.value ?? '', selector);
  }
}

/** A tab, driven by real input events. */
export class Tab extends View {
  readonly page: Page;
  readonly #isInTabStrip: boolean;
  constructor(page: Page, isInTabStrip = true) {
    super();
    this.page = page;
    this.#isInTabStrip = isInTabStrip;
  }

  protected evaluateText(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }

  async goto(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: 'domcontentloaded' });
  }

  async click(selector: string): Promise<void> {
    await this.see(selector);
    await this.show();
    await this.page.locator(selector).click();
  }

  async fill(selector: string, text: string): Promise<void> {
    await this.see(selector);
    await this.show();
    await this.page.locator(selector).fill('');
    await this.page.focus(selector);
    await this.page.keyboard.type(text);
  }

  press(key: 'Enter' | 'Tab'): Promise<void> {
    return this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  select(selector: string, value: string): Promise<unknown> {
    return this.page.select(selector, value);
  }

  /** Makes this the tab in front: a person acts in no other, and a page behind it may stand still. */
  async show(): Promise<void> {
    if (this.#isInTabStrip) await this.page.bringToFront();
  }

  async screenshot(path: string): Promise<void> {
    await this.page.screenshot({ path });
  }

  close(): Promise<void> {
    return this.page.close();
  }
}
