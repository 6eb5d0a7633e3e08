import { chromium, type Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { placesAmong } from '../../extension/autofill/boxes.ts';
import type { fillPlace } from '../../extension/autofill/fill-place.ts';
import type { createFiller } from '../../extension/autofill/filler.ts';
import type { findPlace } from '../../extension/autofill/find-field.ts';
import type { describeFrame } from '../../extension/autofill/frame.ts';
import type { watchForFields } from '../../extension/autofill/watch.ts';
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
  readonly ours: {
    readonly findPlace: typeof findPlace;
    readonly fillPlace: typeof fillPlace;
    readonly createFiller: typeof createFiller;
    readonly watchForFields: typeof watchForFields;
    readonly describeFrame: typeof describeFrame;
    readonly placesAmong: typeof placesAmong;
  };
}
const bringOurs = `
  import { findPlace } from '/extension/autofill/find-field.ts';
  import { fillPlace } from '/extension/autofill/fill-place.ts';
  import { createFiller } from '/extension/autofill/filler.ts';
  import { watchForFields } from '/extension/autofill/watch.ts';
  import { describeFrame } from '/extension/autofill/frame.ts';
  import { placesAmong } from '/extension/autofill/boxes.ts';
  globalThis.ours = { findPlace, fillPlace, createFiller, watchForFields, describeFrame, placesAmong };`;

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
    const { findPlace } = (globalThis as unknown as Ours).ours;
    const template = [...document.querySelectorAll('template')].find((each) => each.dataset.case === wanted);
    if (template === undefined) return 'no such page';
    const built = document.createElement('div');
    built.append(template.content.cloneNode(true));
    document.body.append(built);
    const field =
      findPlace(document, { digits: 8, fieldHints: JSON.parse(template.dataset.hints ?? '[]') })?.boxes[0] ?? null;
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

test('a labelled field may be longer than the code, and never shorter', async () => {
  const isFound = (digits: number, maxLength: number) =>
    page.evaluate(
      ([digits, maxLength]) => {
        document.body.innerHTML = `<label>ワンタイムパスワード <input maxlength="${maxLength}"></label>`;
        return (globalThis as unknown as Ours).ours.findPlace(document, { digits, fieldHints: [] }) !== null;
      },
      [digits, maxLength] as const,
    );
  expect([await isFound(6, 6), await isFound(6, 8), await isFound(6, 16), await isFound(8, 6)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

describe('of inputs in a row', () => {
  beforeAll(() => open('fields.html'));
  const inputs = (count: number, width: number, attributes = '') =>
    Array.from({ length: count }, (_, index) => {
      const own = attributes.replaceAll('#', String(index + 1));
      return `<input style="box-sizing: border-box; width: ${width}px" ${own}>`;
    });
  const row = (boxes: readonly string[], between = '') => boxes.join(between);
  const flex = (boxes: readonly string[], style: string) =>
    `<div style="display: flex; flex-wrap: wrap; width: 900px; ${style}">${row(boxes)}</div>`;
  const [one, three] = ['maxlength="1"', 'maxlength="3"'];
  const ids = (names: readonly string[]) => names.map((name) => `${inputs(1, 200, `id="${name}"`)}`);
  test.each<[string, string, number[]]>([
    ['six narrow ones are one place', row(inputs(6, 80)), [6]],
    ['six wide ones are six', row(inputs(6, 90)), [1, 1, 1, 1, 1, 1]],
    ['six that would take it whole, too narrow for that, are one place', row(inputs(6, 56, 'maxlength="6"')), [6]],
    ['six that would take it whole are six', row(inputs(6, 70, 'maxlength="6"')), [1, 1, 1, 1, 1, 1]],
    ['wide ones that take it whole are one each', row(inputs(3, 200, 'maxlength="6"')), [1, 1, 1]],
    ['two narrow ones are one each', row(inputs(2, 50)), [1, 1]],
    ['three narrow ones are none', row(inputs(3, 50)), []],
    ['one more than the code has digits are none', row(inputs(7, 50)), []],
    ['two of three digits are one place', row(inputs(2, 90, three)), [2]],
    ['… with a dash between them too', row(inputs(2, 90, three), '-'), [2]],
    ['… with the number of the next between them too', row(inputs(2, 90, three), '2文字目'), [2]],
    ['… with the caption of another field between them are none', row(inputs(2, 90, three), '内線'), []],
    ['of two types are none', row([...inputs(3, 40, one), ...inputs(3, 40, `${one} type="tel"`)]), []],
    ['from right to left are none', flex(inputs(6, 40, one), 'flex-direction: row-reverse'), []],
    ['far from each other are none', flex(inputs(6, 40, one), 'gap: 100px'), []],
    ['that go on in the next line are one place', flex(inputs(6, 40, one), 'width: 150px'), [6]],
    ['… far below are none', flex(inputs(6, 40, one), 'width: 150px; row-gap: 60px'), []],
    ['… that may take several digits are none', flex(inputs(6, 40), 'width: 150px'), []],
    ['counted ones are one place, however wide', flex(ids(['d1', 'd2', 'd3', 'd4', 'd5', 'd6']), 'width: 1500px'), [6]],
    ['counted ones for a whole code are one each', row(inputs(3, 200, 'id="d#" maxlength="6"')), [1, 1, 1]],
    ['counted with gaps are one each', row(ids(['d1', 'd3', 'd5'])), [1, 1, 1]],
    ['counted under several names are one each', row(ids(['d1a', 'd2b', 'd3c'])), [1, 1, 1]],
  ])('%s', async (_, html, expected) => {
    const sizes = await page.evaluate((content) => {
      document.body.innerHTML = `<div style="white-space: nowrap; width: 2000px">${content}</div>`;
      const { placesAmong } = (globalThis as unknown as Ours).ours;
      return placesAmong([...document.querySelectorAll('input')], 6).map(({ boxes }) => boxes.length);
    }, html);
    expect(sizes).toEqual(expected);
  });
});

test('a page that is still being read is left alone until the rest is there', async () => {
  await open('fields.html');
  const found = await page.evaluate(async () => {
    const isFound = () =>
      (globalThis as unknown as Ours).ours.findPlace(document, { digits: 8, fieldHints: [] }) !== null;
    document.open();
    document.write('<!doctype html><label>ワンタイムパスワード <input></label>');
    const before = isFound();
    document.close();
    return [before, isFound()];
  });
  expect(found).toEqual([false, true]);
});

describe('a page of thousands of fields', () => {
  beforeEach(() => open('fields.html'));
  const cells = '<td>見本</td><td><input></td><td><input></td><td><input></td><td><input></td>';
  // Where the time grows with the square of the fields, eight times as many take sixty-four times as long.
  test.each([
    ['a table', (count: number) => `<table>${`<tr>${cells}</tr>`.repeat(count / 4)}</table>`],
    ['a line each', (count: number) => '<div><input maxlength="8"></div>'.repeat(count)],
    ['a group of all', (count: number) => `<fieldset>${'<div><input maxlength="8"></div>'.repeat(count)}</fieldset>`],
  ])('takes as much longer as it has more of them: %s', async (_, fieldsOf) => {
    // In processor time of the page's own thread: whatever else the machine does takes none of it.
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const threadSeconds = async () =>
      (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ??
      Number.NaN;
    const secondsFor = async (count: number) => {
      await page.evaluate(
        (html) => {
          document.body.innerHTML = html;
        },
        `${fieldsOf(count)}<label>ワンタイムパスワード <input></label>`,
      );
      const before = await threadSeconds();
      const isFound = await page.evaluate(() =>
        [1, 2, 3].every(
          () => (globalThis as unknown as Ours).ours.findPlace(document, { digits: 8, fieldHints: [] }) !== null,
        ),
      );
      return isFound ? (await threadSeconds()) - before : Number.NaN;
    };
    // The quickest of three: what else the machine does only ever adds.
    const quickest = async (count: number) =>
      Math.min(await secondsFor(count), await secondsFor(count), await secondsFor(count));
    expect((await quickest(3000)) / (await quickest(375))).toBeLessThan(30);
  });

  test('that changes for ever is left most of its time', async () => {
    const searches = await page.evaluate(async () => {
      let searches = 0;
      const stop = (globalThis as unknown as Ours).ours.watchForFields(document, () => {
        searches += 1;
        for (const endMs = performance.now() + 100; performance.now() < endMs; );
      });
      const changing = setInterval(() => document.body.append(''), 10);
      await new Promise((resolve) => setTimeout(resolve, 4000));
      clearInterval(changing);
      stop();
      return searches;
    });
    expect(searches).toBeLessThanOrEqual(4);
    expect(searches).toBeGreaterThanOrEqual(2);
  });
});

describe('frames', () => {
  test('that are shown and not sandboxed are usable, and each says where it stands', async () => {
    await open('fields.html');
    const described = await page.evaluate(async () => {
      const frame = (around: Node, attributes: Record<string, string> = {}) =>
        new Promise<Window>((resolve, reject) => {
          const element = document.createElement('iframe');
          for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
          element.addEventListener('load', () => {
            if (element.contentWindow === null) reject(new Error('no window'));
            else resolve(element.contentWindow);
          });
          around.appendChild(element);
        });
      await frame(document.body, { hidden: '' });
      await frame(document.body, { sandbox: 'allow-scripts allow-same-origin' });
      const shown = await frame(document.body);
      await frame(shown.document.body);
      await frame(shown.document.body);
      const deep = await frame(shown.document.body);
      const host = document.body.appendChild(document.createElement('div'));
      const hidden = await frame(host.attachShadow({ mode: 'open' }));
      const { describeFrame } = (globalThis as unknown as Ours).ours;
      return [window, shown, deep, hidden].map((each) => {
        const { path, usable } = describeFrame(each);
        return { path, usable };
      });
    });
    expect(described).toEqual([
      { path: [], usable: [2] },
      { path: [2], usable: [0, 1, 2] },
      { path: [2, 2], usable: [] },
      { path: [-1], usable: [] },
    ]);
  });

  test('of a frameset are usable', async () => {
    const body = '<!doctype html><frameset cols="50%,50%"><frame src="/fields.html"><frame src="/fields.html">';
    await page.route('**/frameset.html', (route) => route.fulfill({ contentType: 'text/html', body }));
    await open('frameset.html');
    expect(await page.evaluate(() => (globalThis as unknown as Ours).ours.describeFrame(window))).toEqual({
      origin: `http://127.0.0.1:${server.port}`,
      path: [],
      usable: [0, 1],
    });
  });
});

describe('a page that is watched', () => {
  let watched: Page;
  /** Its time goes on only when a test says so. */
  beforeEach(async () => {
    watched = await browser.newPage();
    onTestFinished(() => watched.close());
    await watched.clock.install({ time: 0 });
    await watched.goto(`http://127.0.0.1:${server.port}/fields.html`);
    await watched.addScriptTag({ type: 'module', content: bringOurs });
    await watched.waitForFunction(() => 'ours' in globalThis);
    // Until here the clock ran; a search that takes long on a machine with other work would lengthen its pauses.
    await watched.clock.pauseAt(3_600_000);
    await watched.evaluate(() => {
      const page = globalThis as unknown as Ours & { searches: number; stop: () => void };
      page.searches = 0;
      page.stop = page.ours.watchForFields(document, () => {
        page.searches += 1;
      });
    });
  });
  const searches = () => watched.evaluate(() => (globalThis as unknown as { searches: number }).searches);
  const build = (autofocus: boolean) =>
    watched.evaluate((wanted) => {
      const input = document.body.appendChild(document.createElement('input'));
      if (wanted) input.focus();
    }, autofocus);
  const attachShadow = () =>
    watched.evaluate(() => {
      document.body.querySelector('p')?.attachShadow({ mode: 'open' });
    });

  test('is watched for five minutes, and looked at later where a field gets the focus', async () => {
    await build(false);
    await watched.clock.runFor(1000);
    expect(await searches()).toBe(1);
    await watched.clock.fastForward(5 * 60_000);
    await build(false);
    await watched.clock.runFor(10_000);
    expect(await searches()).toBe(1);
    await build(true);
    await watched.clock.runFor(1000);
    expect(await searches()).toBe(2);
  });

  test.each(['transitionend', 'animationend', 'readystatechange', 'focusin'])('is looked at after %s', async (sign) => {
    await watched.evaluate((sign) => document.dispatchEvent(new Event(sign)), sign);
    await watched.clock.runFor(1000);
    expect(await searches()).toBe(1);
  });

  test('is looked at where it attaches a shadow root, and where that changes', async () => {
    await watched.evaluate(() => document.body.append(document.createElement('p')));
    await watched.clock.runFor(15_000);
    expect(await searches()).toBe(1);
    await attachShadow();
    await watched.clock.runFor(2000);
    expect(await searches()).toBe(2);
    await watched.evaluate(() => document.querySelector('p')?.shadowRoot?.append('新しい'));
    await watched.clock.runFor(1000);
    expect(await searches()).toBe(3);
  });

  test('has a shadow root that comes with a change watched at once', async () => {
    await watched.clock.runFor(60_000);
    await watched.evaluate(() => document.body.append(document.createElement('p')));
    await attachShadow();
    await watched.clock.runFor(1000);
    expect(await searches()).toBe(1);
    await watched.evaluate(() => document.querySelector('p')?.shadowRoot?.append('新しい'));
    await watched.clock.runFor(1000);
    expect(await searches()).toBe(2);
  });

  test('is not looked at for a change just before that is over', async () => {
    await watched.evaluate(async () => {
      document.body.append('新しい');
      // The change has been told.
      await Promise.resolve();
      (globalThis as unknown as { stop: () => void }).stop();
    });
    await watched.clock.runFor(1000);
    expect(await searches()).toBe(0);
  });

  test('is left alone once that is over, whatever it does then', async () => {
    await watched.evaluate(() => document.body.append(document.createElement('p')));
    await watched.clock.runFor(1000);
    expect(await searches()).toBe(1);
    await watched.evaluate(() => (globalThis as unknown as { stop: () => void }).stop());
    await attachShadow();
    await build(true);
    await watched.clock.runFor(2000);
    await watched.evaluate(() => {
      for (const sign of ['transitionend', 'animationend', 'readystatechange', 'focusin'])
        document.dispatchEvent(new Event(sign));
    });
    await watched.clock.runFor(2000);
    expect(await searches()).toBe(1);
  });
});

describe('filling a field', () => {
  beforeAll(() => open('fields.html'));
  /** Fills the page's only field and tells what the page saw. */
  function fill(html: string): Promise<{ kept: boolean; value: string; events: string[] }> {
    return page.evaluate(async (content) => {
      const { fillPlace } = (globalThis as unknown as Ours).ours;
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
      return { kept: await fillPlace({ boxes: [field], digitsPerBox: 8 }, '01234567'), value: field.value, events };
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
  test.each([
    ['full-width digits where the form takes no others', '<input pattern="[０-９]{8}">', '０１２３４５６７'],
    ['full-width digits where they are demanded', '<label>全角で入力 <input></label>', '０１２３４５６７'],
    ['plain digits where both are allowed', '<label>半角または全角 <input></label>', '01234567'],
    ['plain digits where the form takes no others', '<label>全角で入力 <input pattern="[0-9]{8}"></label>', '01234567'],
    ['plain digits in a number field', '<label>全角で入力 <input type="number"></label>', '01234567'],
  ])('writes %s', async (_, html, value) => {
    expect(await fill(html)).toMatchObject({ kept: true, value });
  });
  test('presses the key of each digit, and is heard outside of a shadow root', async () => {
    const heard = await page.evaluate(async () => {
      document.body.innerHTML = '<p></p>';
      const root = document.querySelector('p')?.attachShadow({ mode: 'open' });
      if (root === undefined) throw new Error('no shadow root');
      root.innerHTML = '<input maxlength="1">';
      const heard: unknown[] = [];
      for (const type of ['keydown', 'keyup'] as const) {
        document.body.addEventListener(type, ({ key, code, keyCode }) => heard.push([type, key, code, keyCode]), {
          once: true,
        });
      }
      for (const type of ['beforeinput', 'input', 'change']) {
        document.body.addEventListener(type, (event) => heard.push([type, (event as InputEvent).data ?? null]), {
          once: true,
        });
      }
      const box = root.querySelector('input');
      if (box === null) throw new Error('no box');
      await (globalThis as unknown as Ours).ours.fillPlace({ boxes: [box], digitsPerBox: 1 }, '7');
      return heard;
    });
    expect(heard).toEqual([
      ['keydown', '7', 'Digit7', 55],
      ['beforeinput', '7'],
      ['input', '7'],
      ['keyup', '7', 'Digit7', 55],
      ['change', null],
    ]);
  });
  test('takes grouped digits as kept', async () => {
    expect(await fill('<input data-groups>')).toMatchObject({ kept: true, value: '0123 4567' });
  });
  test.each([
    ['writes the digit itself', true, []],
    ['takes the key for itself alone', false, ['beforeinput', 'input']],
  ])('keeps one digit where the page %s when its key goes down', async (_, writes, events) => {
    const seen = await page.evaluate(async (writes) => {
      document.body.innerHTML = '<input maxlength="1">';
      const box = document.querySelector('input');
      if (box === null) throw new Error('no box');
      box.addEventListener('keydown', (event) => {
        event.preventDefault();
        if (writes) setTimeout(() => (box.value += event.key));
      });
      const events: string[] = [];
      for (const type of ['beforeinput', 'input']) box.addEventListener(type, () => events.push(type));
      const { fillPlace } = (globalThis as unknown as Ours).ours;
      return { kept: await fillPlace({ boxes: [box], digitsPerBox: 1 }, '7'), value: box.value, events };
    }, writes);
    expect(seen).toEqual({ kept: true, value: '7', events });
  });
  const box = (attributes: string) => `<input maxlength="4" size="4" ${attributes}>`;
  const own = `${box('id="d1" name="otp" value="0123"')}${box('id="d2" name="otp"')}`;
  test.each([
    ['beside boxes of another name', `${box('id="d1" name="tel"').repeat(2)}<p>または</p>${own}`, '|||0123|4567'],
    ['beside boxes of another id', `${box('id="t1" name="otp"').repeat(2)}<p>または</p>${own}`, '|||0123|4567'],
    [
      'beside boxes of another type',
      `${box('id="d1" name="otp" type="tel"').repeat(2)}<p>または</p>${own}`,
      '|||0123|4567',
    ],
    ['beside one field', `<input id="d1" name="otp" maxlength="8"><p>または</p>${own}`, '||0123|4567'],
    ['none where there are two such', `${own}<p>または</p>${own}`, '0123|||0123|'],
  ])(
    'goes on only in the boxes of the same make that a page draws anew after the first: %s',
    async (_, html, expected) => {
      const filled = await page.evaluate(
        async ([before, after]) => {
          document.body.innerHTML = before;
          const [first, second] = document.querySelectorAll('input');
          if (first === undefined || second === undefined) throw new Error('no boxes');
          document.addEventListener('change', () => (document.body.innerHTML = after), { once: true });
          await (globalThis as unknown as Ours).ours.fillPlace({ boxes: [first, second], digitsPerBox: 4 }, '01234567');
          return [...document.body.children]
            .map((each) => (each instanceof HTMLInputElement ? each.value : ''))
            .join('|');
        },
        [own.replace(' value="0123"', ''), html] as const,
      );
      expect(filled).toBe(expected);
    },
  );
  test('writes nothing into one that is readonly or disabled when its turn comes', async () => {
    expect(await fill('<input readonly>')).toEqual({ kept: false, value: '', events: ['focusin'] });
    const seen = await page.evaluate(async () => {
      document.body.innerHTML = '<input maxlength="4"><input maxlength="4" disabled>';
      const [first, second] = document.querySelectorAll('input');
      if (first === undefined || second === undefined) throw new Error('no boxes');
      let written = 0;
      second.addEventListener('input', () => written++);
      const { fillPlace } = (globalThis as unknown as Ours).ours;
      const kept = await fillPlace({ boxes: [first, second], digitsPerBox: 4 }, '01234567');
      return { kept, values: [first.value, second.value], written };
    });
    expect(seen).toEqual({ kept: false, values: ['', ''], written: 0 });
  });
  test.each([
    ['kept where the page went on', '<p>', true],
    ['kept where the page asks for something else', '<input id="account" maxlength="8">', true],
    ['kept where the page drew it anew with the code', '<input id="otp" value="01234567">', true],
    ['not kept where the page drew it anew and empty', '<input id="otp">', false],
  ])('takes a field that is gone as %s', async (_, html, kept) => {
    const isKept = await page.evaluate((after) => {
      document.body.innerHTML = '<input id="otp">';
      const field = document.querySelector('input');
      if (field === null) throw new Error('no field');
      field.addEventListener('change', () => (document.body.innerHTML = after));
      return (globalThis as unknown as Ours).ours.fillPlace({ boxes: [field], digitsPerBox: 8 }, '01234567');
    }, html);
    expect(isKept).toBe(kept);
  });
  test('says so where the page refuses or empties it', async () => {
    expect(await fill('<input data-refuses>')).toMatchObject({ kept: false, value: '' });
    expect(await fill('<input data-empties>')).toMatchObject({ kept: false, value: '' });
  });
});

describe('a document', () => {
  // A filler of the test before may still be looking.
  beforeEach(() => open('fields.html'));

  const label = (content: string) => `<label>ワンタイムパスワード ${content}</label>`;

  /** A filler in the page, null for as it is, whose background gives the codes 00000001, 00000002 … and counts how often it was asked. */
  async function start(html: string | null): Promise<void> {
    await page.evaluate((content) => {
      if (content !== null) document.body.innerHTML = content;
      const scope = globalThis as unknown as Ours & { filler: ReturnType<typeof createFiller>; taken: number };
      scope.taken = 0;
      scope.filler = scope.ours.createFiller({
        document,
        getField: async () => ({ outcome: 'look', digits: 8, fieldHints: [] }),
        takeCode: async () => {
          scope.taken += 1;
          // An answer of the background takes a while.
          await new Promise((resolve) => setTimeout(resolve, 20));
          return { outcome: 'code', code: String(scope.taken).padStart(8, '0') };
        },
      });
    }, html);
  }
  const run = <Value>(script: (scope: { filler: ReturnType<typeof createFiller>; taken: number }) => Value) =>
    page.evaluate(`(${script})(globalThis)`) as Promise<Awaited<Value>>;
  const values = () => page.$$eval('input', (inputs) => inputs.map((input) => input.value));

  test('is filled on request', async () => {
    await start(label('<input>'));
    expect(await run(({ filler }) => filler.fill({ name: 'fill', digits: 8, fieldHints: [], pointed: false }))).toBe(
      'filled',
    );
    expect(await values()).toEqual(['00000001']);
  });

  test('without a field costs no code', async () => {
    await start('<input>');
    expect(await run(({ filler }) => filler.fill({ name: 'fill', digits: 8, fieldHints: [], pointed: false }))).toBe(
      'noField',
    );
    expect(await run((scope) => scope.taken)).toBe(0);
  });

  test('takes one code for a request and a fill by itself at once', async () => {
    await start(label('<input>'));
    const [, outcome] = await run(({ filler }) =>
      Promise.all([filler.look(), filler.fill({ name: 'fill', digits: 8, fieldHints: [], pointed: false })]),
    );
    expect(outcome).toBe('filled');
    expect(await run((scope) => scope.taken)).toBe(1);
  });

  test('that is being filled by itself counts as one with a place, another field that is pointed at by what it is', async () => {
    await start(`${label('<input id="otp">')}<input id="other" value="1">`);
    const found = await run(async ({ filler }) => {
      filler.point(document.querySelector('#other') ?? undefined);
      const seen: string[] = [];
      const request = { name: 'fill', digits: 8, fieldHints: [] } as const;
      const look = (pointed: boolean) => seen.push(filler.find({ ...request, pointed }));
      let asked: Promise<string> | undefined;
      document.addEventListener(
        'change',
        () => {
          look(false);
          look(true);
          asked = filler.fill({ ...request, pointed: false });
        },
        { once: true },
      );
      await filler.look();
      return [...seen, await asked];
    });
    expect(found).toEqual(['free', 'none', 'filled']);
  });

  test('that is being filled by itself does not stand for another field that is pointed at', async () => {
    await start(`${label('<input>')}<input id="other">`);
    const outcome = await run(async ({ filler }) => {
      const looking = filler.look();
      // The background is being asked for the code.
      await new Promise((resolve) => setTimeout(resolve));
      filler.point(document.querySelector('#other') ?? undefined);
      const outcome = await filler.fill({ name: 'fill', digits: 8, fieldHints: [], pointed: true });
      await looking;
      return outcome;
    });
    expect(outcome).toBe('filled');
    expect(await values()).toEqual(['00000001', '00000002']);
  });

  test('where the person pointed at what is no field keeps none from before, and takes none instead', async () => {
    await start(`${label('<input>')}<input id="other">`);
    const seen = await run(async ({ filler }) => {
      const request = { name: 'fill', digits: 8, fieldHints: [], pointed: true } as const;
      filler.point(document.querySelector('#other') ?? undefined);
      const before = filler.find(request);
      filler.point(document.body);
      return [before, filler.find(request), await filler.fill(request)];
    });
    expect(seen).toEqual(['free', 'none', 'noField']);
    expect(await values()).toEqual(['', '']);
  });

  test('that was filled by itself just now counts as filled for the person who asks, with the same code alone', async () => {
    await start(label('<input>'));
    await run(({ filler }) => filler.look());
    await page.evaluate(() => {
      // The code of this step is still the one that was filled.
      (globalThis as unknown as { taken: number }).taken = 0;
    });
    const asked = await run(async ({ filler }) => {
      let inputs = 0;
      document.addEventListener('input', () => inputs++);
      const request = { name: 'fill', digits: 8, fieldHints: [], pointed: false } as const;
      return [filler.find(request), await filler.fill(request), inputs];
    });
    expect(asked).toEqual(['held', 'filled', 0]);
    expect(await values()).toEqual(['00000001']);
  });

  test('that holds a part of our code still counts as one that holds it', async () => {
    await start(label('<input maxlength="4" size="4">'.repeat(2)));
    const found = await run(async ({ filler }) => {
      await filler.look();
      const [, last] = document.querySelectorAll('input');
      if (last !== undefined) last.value = '';
      return filler.find({ name: 'fill', digits: 8, fieldHints: [], pointed: false });
    });
    expect(found).toBe('held');
  });

  /** Fills by itself and lets the code go stale; then changes the page, and the person asks. */
  async function askLater(html: string, change: string): Promise<{ found: string; outcome: string; codes: number }> {
    await start(html);
    await run(({ filler }) => filler.look());
    expect((await values()).join('')).toBe('00000001');
    await page.evaluate(change);
    return run(async (scope) => {
      const request = { name: 'fill', digits: 8, fieldHints: [], pointed: false } as const;
      const found = scope.filler.find(request);
      return { found, outcome: await scope.filler.fill(request), codes: scope.taken };
    });
  }

  test.each([
    ['as we left it', label('<input>'), ''],
    ['grouped by the page', label('<input>'), "document.querySelector('input').value = '0000 0001'"],
    ['in boxes', label('<input maxlength="1" style="width: 2em">'.repeat(8)), ''],
  ])('that holds a stale code of ours %s gets the new one when the person asks', async (_, html, change) => {
    expect(await askLater(html, change)).toEqual({ found: 'held', outcome: 'filled', codes: 2 });
    expect((await values()).join('')).toBe('00000002');
  });

  test.each([
    ['what the person changed in it', "document.querySelector('input').value = '00000009'", '00000009'],
    ['what is to be another thing now', "document.querySelector('span').textContent = '振込先口座番号'", '00000001'],
    ['what nobody can see any more', "document.querySelector('label').style.opacity = 0", '00000001'],
  ])('keeps %s when the person asks', async (_, change, kept) => {
    const html = '<label><span>ワンタイムパスワード</span> <input></label>';
    expect(await askLater(html, change)).toEqual({ found: 'none', outcome: 'noField', codes: 1 });
    expect(await values()).toEqual([kept]);
  });

  test('keeps what the person typed while the code was on its way', async () => {
    await start(label('<input>'));
    const outcome = run(({ filler }) => {
      const filling = filler.fill({ name: 'fill', digits: 8, fieldHints: [], pointed: false });
      const input = document.querySelector('input');
      if (input !== null) input.value = '9';
      return filling;
    });
    expect(await outcome).toBe('failed');
    expect(await values()).toEqual(['9']);
  });

  test('is filled by itself once per field, also after the person emptied it', async () => {
    await start(label('<input>'));
    await run(({ filler }) => filler.look());
    await page.evaluate((html) => {
      const input = document.querySelector('input');
      if (input !== null) input.value = '';
      document.body.insertAdjacentHTML('beforeend', html);
    }, '<p>今日のお知らせ</p>');
    await run(({ filler }) => filler.look());
    expect(await values()).toEqual(['']);
    await page.evaluate((html) => {
      document.body.innerHTML = html;
    }, label('<input id="new">'));
    await page.waitForFunction(() => document.querySelector('input')?.value === '00000002');
    expect(await run((scope) => scope.taken)).toBe(2);
  });

  test('is filled by itself once, also where one of its boxes is drawn anew when the person emptied them', async () => {
    await start(label('<input maxlength="4" size="4">'.repeat(2)));
    await run(({ filler }) => filler.look());
    expect(await values()).toEqual(['0000', '0001']);
    await page.evaluate(() => {
      const [first, last] = document.querySelectorAll('input');
      const anew = first?.cloneNode() as HTMLInputElement;
      if (last !== undefined) anew.value = last.value = '';
      first?.replaceWith(anew);
    });
    await run(({ filler }) => filler.look());
    expect(await values()).toEqual(['', '']);
  });

  test.each([
    ['hidden', `<div data-late hidden>${label('<input>')}</div>`, null],
    ['style', `<div data-late style="display: none">${label('<input>')}</div>`, null],
    ['class', `<style>.off { display: none }</style><div data-late class="off">${label('<input>')}</div>`, null],
    ['inert', `<div data-late inert>${label('<input>')}</div>`, null],
    ['aria-hidden', `<div data-late aria-hidden="true">${label('<input>')}</div>`, null],
    ['open', `<details data-late><summary>次へ</summary>${label('<input>')}</details>`, ''],
    ['disabled', label('<input data-late disabled>'), null],
    ['readonly', label('<input data-late readonly>'), null],
    ['type', label('<input data-late type="hidden">'), 'text'],
  ])('that shows its field later by the attribute %s is filled then', async (name, html, value) => {
    await start(html);
    await run(({ filler }) => filler.look());
    expect(await values()).toEqual(['']);
    await page.evaluate(
      ([name, value]) => {
        const late = document.querySelector('[data-late]');
        if (value === null) late?.removeAttribute(name);
        else late?.setAttribute(name, value);
      },
      [name, value] as const,
    );
    await page.waitForFunction(() => document.querySelector('input')?.value === '00000001');
  });

  /** As `start`, with a background that answers each request for a code only when `answer` is called. */
  async function startSlow(html: string): Promise<void> {
    await page.evaluate((content) => {
      document.body.innerHTML = content;
      const scope = globalThis as unknown as Ours & {
        filler: ReturnType<typeof createFiller>;
        answer: ((answer: Awaited<ReturnType<Parameters<typeof createFiller>[0]['takeCode']>>) => void) | undefined;
      };
      scope.filler = scope.ours.createFiller({
        document,
        getField: async () => ({ outcome: 'look', digits: 8, fieldHints: [] }),
        takeCode: () =>
          new Promise((resolve) => {
            scope.answer = (answer) => {
              scope.answer = undefined;
              resolve(answer);
            };
          }),
      });
    }, html);
  }
  const isAsked = () => page.evaluate(() => (globalThis as { answer?: unknown }).answer !== undefined);
  async function answer(answer: object): Promise<void> {
    await expect.poll(isAsked).toBe(true);
    await page.evaluate((given) => (globalThis as unknown as { answer: (a: object) => void }).answer(given), answer);
  }
  const code = { outcome: 'code', code: '01234567' };

  test('that draws its field anew while the code is on its way is filled all the same', async () => {
    await startSlow(label('<input id="old">'));
    void run(({ filler }) => void filler.look());
    await expect.poll(isAsked).toBe(true);
    await page.evaluate((html) => {
      document.body.innerHTML = html;
    }, label('<input id="new">'));
    await answer(code);
    await page.waitForFunction(() => document.querySelector('input')?.value === '01234567');
  });

  test('that shows its field again after the code came is filled then', async () => {
    await startSlow(`<div>${label('<input>')}</div>`);
    void run(({ filler }) => void filler.look());
    await page.evaluate(() => document.querySelector('div')?.setAttribute('hidden', ''));
    await answer(code);
    await page.evaluate(() => document.querySelector('div')?.removeAttribute('hidden'));
    await answer(code);
    await page.waitForFunction(() => document.querySelector('input')?.value === '01234567');
  });

  test('that asks for something else in the same field when the code comes is not filled', async () => {
    await startSlow('<label><span>ワンタイムパスワード</span> <input></label>');
    void run(({ filler }) => void filler.look());
    await answer({ outcome: 'wait', waitMs: 50 });
    // As frameworks do between two steps: the text is another one, the element stays.
    await page.evaluate(() => document.querySelector('span')?.replaceChildren('振込先口座番号'));
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    if (await isAsked()) await answer(code);
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    expect(await values()).toEqual(['']);
  });

  test('that asks for something else in the same field by the end of a wait costs no code', async () => {
    await startSlow('<label><span>ワンタイムパスワード</span> <input></label>');
    void run(({ filler }) => void filler.look());
    await expect.poll(isAsked).toBe(true);
    await page.evaluate(() => document.querySelector('span')?.replaceChildren('振込先口座番号'));
    await answer({ outcome: 'wait', waitMs: 1 });
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    expect(await isAsked()).toBe(false);
  });

  test('that draws its field anew and empty while the code is written is filled then', async () => {
    await start(label('<input>'));
    await page.evaluate((html) => {
      document.addEventListener('input', () => (document.body.innerHTML = html), { once: true });
    }, label('<input>'));
    await run(({ filler }) => void filler.look());
    await page.waitForFunction(() => document.querySelector('input')?.value === '00000002');
  });

  test('takes a person who asked to the field', async () => {
    await start(`<label>確認用パスワード <input id="other" type="password"></label>${label('<input id="otp">')}`);
    await page.focus('#other');
    await run(({ filler }) => filler.fill({ name: 'fill', digits: 8, fieldHints: [], pointed: false }));
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('otp');
  });

  test.each([
    ['nobody is anywhere', null],
    ['somebody is in the first of its boxes', '#otp'],
  ])('that is filled by itself has the focus in the last of its boxes where %s', async (_, focused) => {
    const box = (id: string) => `<input id="${id}" maxlength="4" size="4">`;
    await start(label(box('otp') + box('rest')));
    if (focused !== null) await page.focus(focused);
    await run(({ filler }) => filler.look());
    expect(await values()).toEqual(['0000', '0001']);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('rest');
  });

  test('whose background is gone is left alone', async () => {
    await start(label('<input>'));
    const outcome = await page.evaluate(async () => {
      const gone = () => Promise.reject(new Error('Extension context invalidated.'));
      const filler = (globalThis as unknown as Ours).ours.createFiller({ document, getField: gone, takeCode: gone });
      return (await filler.look()) ?? 'left';
    });
    expect(outcome).toBe('left');
    expect(await values()).toEqual(['']);
  });

  test('whose background goes away while it is asked for a code asks no more', async () => {
    await page.evaluate(async (html) => {
      document.body.innerHTML = html;
      const scope = globalThis as unknown as Ours & { taken: number };
      scope.taken = 0;
      const filler = scope.ours.createFiller({
        document,
        getField: async () => ({ outcome: 'look', digits: 8, fieldHints: [] }),
        takeCode: () => {
          scope.taken += 1;
          return Promise.reject(new Error('Extension context invalidated.'));
        },
      });
      await filler.look();
      document.body.append('');
      // The search after the change would come within 200 ms.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }, label('<input>'));
    expect(await run((scope) => scope.taken)).toBe(1);
  });

  test('that no token fills by itself any more is no longer watched', async () => {
    await page.evaluate(async () => {
      const scope = globalThis as unknown as Ours & { taken: number };
      document.body.innerHTML = '';
      scope.taken = 0;
      const answers = [{ outcome: 'look', digits: 8, fieldHints: [] }, { outcome: 'none' }] as const;
      let asked = 0;
      const filler = scope.ours.createFiller({
        document,
        getField: async () => answers[asked++],
        takeCode: async () => {
          scope.taken += 1;
          return { outcome: 'none' };
        },
      });
      await filler.look();
      await filler.look();
    });
    await page.evaluate((html) => {
      document.body.innerHTML = html;
    }, label('<input>'));
    // The search after the change would come within 200 ms.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(await run((scope) => scope.taken)).toBe(0);
  });

  test('is not filled with a code of another length', async () => {
    await startSlow(label('<input>'));
    const outcome = run(({ filler }) => filler.fill({ name: 'fill', digits: 8, fieldHints: [], pointed: false }));
    await answer({ outcome: 'code', code: '123456' });
    expect(await outcome).toBe('failed');
    expect(await values()).toEqual(['']);
  });

  test.each([
    ['refuses a code', () => document.addEventListener('beforeinput', (event) => event.preventDefault())],
    [
      'empties its boxes, one of them by drawing it anew,',
      () =>
        document.addEventListener('change', ({ target }) => {
          const [first, last] = document.querySelectorAll('input');
          if (last === undefined || target !== last) return;
          const anew = first?.cloneNode() as HTMLInputElement;
          anew.value = last.value = '';
          first?.replaceWith(anew);
        }),
    ],
  ])('that %s gets no other by itself, though it builds its field anew', async (_, refuse) => {
    await start(label('<input maxlength="4" size="4">'.repeat(2)));
    await page.evaluate(refuse);
    await run(({ filler }) => filler.look());
    expect(await values()).toEqual(['', '']);
    await page.evaluate((html) => {
      document.body.innerHTML = html;
    }, label('<input>'));
    // The search after the change would come within 200 ms.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(await run((scope) => scope.taken)).toBe(1);
    expect(await values()).toEqual(['']);
  });

  test.each([
    ['', '<input>'],
    [', though it opens on focus only', '<input readonly onfocus="this.removeAttribute(\'readonly\')">'],
  ])('leaves a person who types in another field there%s', async (_, field) => {
    await start(`<label>確認用パスワード <input id="other" type="password"></label>${label(field)}`);
    await page.focus('#other');
    await page.keyboard.type('abc');
    await run(({ filler }) => filler.look());
    await page.keyboard.type('def');
    expect(await values()).toEqual(['abcdef', '00000001']);
  });

  test('never takes a key from a person who types in another field', async () => {
    await start(`<label>確認用パスワード <input id="other" type="password"></label>${label('<input>')}`);
    await page.focus('#other');
    const moves = await run(async ({ filler }) => {
      let moves = 0;
      document.addEventListener('focusin', () => moves++);
      await filler.look();
      return moves;
    });
    expect(await values()).toEqual(['', '00000001']);
    expect(moves).toBe(0);
  });

  test.each([
    ['at once', 'input', (next: HTMLInputElement) => next.focus()],
    ['a moment later', 'input', (next: HTMLInputElement) => void Promise.resolve().then(() => next.focus())],
    ['with the key', 'keydown', (next: HTMLInputElement) => next.focus()],
  ])(
    'never takes a key from a person who types in another field, though its boxes move on %s',
    async (_, type, moveOn) => {
      const boxes = '<input maxlength="1" style="width: 2em">'.repeat(8);
      await start(`<label>確認用パスワード <input id="other" type="password"></label>${label(boxes)}`);
      await page.focus('#other');
      const focused = await page.evaluate(`(async () => {
      const boxes = [...document.querySelectorAll('input[maxlength]')];
      const seen = new Set();
      for (const [index, box] of boxes.entries()) {
        box.addEventListener('${type}', (event) => {
          event.preventDefault();
          const next = boxes[index + 1];
          if (next !== undefined) (${moveOn})(next);
          // A key that goes down now would get here.
          setTimeout(() => seen.add(document.activeElement.id));
        });
      }
      await filler.look();
      return [...seen];
    })()`);
      expect((await values()).join('')).toBe('00000001');
      expect(focused).toEqual(['other']);
    },
  );

  test('leaves a person who types in another field there, though its boxes move on in a while', async () => {
    const boxes = '<input maxlength="1" style="width: 2em">'.repeat(8);
    await start(
      `<label>確認用パスワード <input id="other" type="password"></label>${label(`${boxes}<button>次へ</button>`)}`,
    );
    await page.focus('#other');
    await page.evaluate(() => {
      document.addEventListener('input', ({ target }) =>
        setTimeout(() => ((target as Element).nextElementSibling as HTMLElement | null)?.focus()),
      );
    });
    await run(({ filler }) => filler.look());
    expect((await values()).join('')).toBe('00000001');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('other');
  });

  test('that empties its form when it has loaded is filled once more', async () => {
    let finish = () => {};
    await page.route('**/slow.png', async (route) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await route.fulfill({ status: 404 });
    });
    const emptied = `<body onload="document.querySelector('form').reset()"><form>${label('<input>')}</form>`;
    const body = `<!doctype html><meta charset="utf-8">${emptied}<img src="/slow.png" alt="">`;
    await page.route('**/slow.html', (route) => route.fulfill({ contentType: 'text/html', body }));
    await page.goto(`http://127.0.0.1:${server.port}/slow.html`, { waitUntil: 'domcontentloaded' });
    await page.addScriptTag({ type: 'module', content: bringOurs });
    await page.waitForFunction(() => 'ours' in globalThis);
    await start(null);
    await run(({ filler }) => filler.look());
    expect(await values()).toEqual(['00000001']);
    finish();
    await page.waitForFunction(() => document.querySelector('input')?.value === '00000002');
    await page.evaluate(() => {
      document.querySelector('form')?.reset();
      document.body.append('');
    });
    // The search after the change would come within 200 ms.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(await values()).toEqual(['']);
    await run(({ filler }) => filler.look());
    expect(await values()).toEqual(['']);
  });

  test('that builds its field anew for ever gets five codes, though it was told to look twice at once', async () => {
    await start('');
    await run(({ filler }) => Promise.all([filler.look(), filler.look()]));
    await page.evaluate((html) => {
      document.body.innerHTML = html;
      document.addEventListener('change', () =>
        setTimeout(() => {
          document.body.innerHTML = html;
        }, 50),
      );
    }, label('<input>'));
    await page.waitForFunction(() => (globalThis as unknown as { taken: number }).taken === 5);
    // The search after the next change would come within 200 ms.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(await run((scope) => scope.taken)).toBe(5);
  });
});
