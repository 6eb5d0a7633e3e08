import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { fillField } from '../../extension/autofill/fill-field.ts';
import type { findField } from '../../extension/autofill/find-field.ts';
import { findBrowser } from '../browser/install.ts';
import { servePages } from './page-server.ts';

const server = await servePages();
const executablePath = await findBrowser('chromium');
if (executablePath === null) throw new Error('no Chromium here');
const browser = await chromium.launch({ executablePath, args: ['--headless=new', '--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Our modules in the page under test. */
interface Ours {
  readonly ours: { readonly findField: typeof findField; readonly fillField: typeof fillField };
}
const bringOurs = `
  import { findField } from '/extension/autofill/find-field.ts';
  import { fillField } from '/extension/autofill/fill-field.ts';
  globalThis.ours = { findField, fillField };`;

async function open(fixture: string): Promise<void> {
  await page.goto(`http://127.0.0.1:${server.port}/${fixture}`);
  await page.addScriptTag({ type: 'module', content: bringOurs });
  await page.waitForFunction(() => 'ours' in globalThis);
}

/** The names of a fixture's pages. */
async function casesOf(fixture: string): Promise<string[]> {
  await open(fixture);
  return page.$$eval('template', (templates) => templates.map((template) => template.dataset.case ?? ''));
}

/** Builds one page and says which field is found in it: `otp` for the marked one, `other`, or `none`. */
function found(name: string): Promise<string> {
  return page.evaluate((wanted) => {
    const { findField } = (globalThis as unknown as Ours).ours;
    const template = [...document.querySelectorAll('template')].find((each) => each.dataset.case === wanted);
    if (template === undefined) return 'no such page';
    const built = document.createElement('div');
    built.append(template.content.cloneNode(true));
    document.body.append(built);
    const field = findField(document, { digits: 8, fieldHints: JSON.parse(template.dataset.hints ?? '[]') });
    const answer = field === null ? 'none' : 'otp' in field.dataset ? 'otp' : 'other';
    built.remove();
    return answer;
  }, name);
}

describe('the field is found', async () => {
  const cases = await casesOf('fields.html');
  beforeAll(() => open('fields.html'));
  test.each(cases)('with %s', async (name) => {
    expect(await found(name)).toBe('otp');
  });
});

describe('no field is found', async () => {
  const cases = await casesOf('traps.html');
  beforeAll(() => open('traps.html'));
  test.each(cases)('with %s', async (name) => {
    expect(await found(name)).toBe('none');
  });
});

describe('filling a field', () => {
  /** Fills the page's only field and tells what the page saw. */
  function fill(html: string): Promise<{ kept: boolean; value: string; events: string[] }> {
    return page.evaluate(async (content) => {
      const { fillField } = (globalThis as unknown as Ours).ours;
      const events: string[] = [];
      for (const type of ['focusin', 'beforeinput', 'input', 'change', 'submit']) {
        document.addEventListener(type, () => events.push(type), { once: true });
      }
      document.body.innerHTML = content;
      const field = document.querySelector('input');
      if (field === null) throw new Error('no field');
      if (content.includes('data-refuses')) field.addEventListener('beforeinput', (event) => event.preventDefault());
      if (content.includes('data-empties')) field.addEventListener('input', () => setTimeout(() => (field.value = '')));
      if (content.includes('data-groups')) {
        field.addEventListener('input', () => (field.value = field.value.replace(/(.{4})/, '$1 ')));
      }
      if (content.includes('data-framework')) {
        // As React does it: the element's own property hides the browser's.
        Object.defineProperty(field, 'value', { get: () => 'shadowed', set: () => {}, configurable: true });
        field.addEventListener('input', () => Reflect.deleteProperty(field, 'value'));
      }
      return { kept: await fillField(field, '01234567'), value: field.value, events };
    }, html);
  }

  test('looks like typing to the page, and submits nothing', async () => {
    expect(await fill('<form><input></form>')).toEqual({
      kept: true,
      value: '01234567',
      events: ['focusin', 'beforeinput', 'input', 'change'],
    });
  });
  test('passes by what a framework puts over the field', async () => {
    expect(await fill('<input data-framework>')).toMatchObject({ kept: true, value: '01234567' });
  });
  test('keeps a leading zero in a number field', async () => {
    expect(await fill('<input type="number">')).toMatchObject({ kept: true, value: '01234567' });
  });
  test('takes grouped digits as kept', async () => {
    expect(await fill('<input data-groups>')).toMatchObject({ kept: true, value: '0123 4567' });
  });
  test('says so where the page refuses or empties it', async () => {
    expect(await fill('<input data-refuses>')).toMatchObject({ kept: false, value: '' });
    expect(await fill('<input data-empties>')).toMatchObject({ kept: false, value: '' });
  });
});
