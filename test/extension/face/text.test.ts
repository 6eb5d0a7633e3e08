import { expect, test } from 'vitest';
import { texts } from '../../../extension/entrypoints/options/text.ts';
import { languageOf } from '../../../extension/ui/text.ts';

/** Every text by its path; functions are called with numbers and words that fit all of them. */
function flatten(value: unknown, path = ''): Array<readonly [path: string, text: string]> {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') {
    const given = path.endsWith('.strength') ? ['weak'] : path.endsWith('.appLock.weak') ? ['short'] : [7, 7, 7];
    return flatten((value as (...given: unknown[]) => unknown)(...given), path);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, each]) => flatten(each, `${path}.${key}`));
  }
  throw new Error(`${path} is no text`);
}

test('has every text in both languages, and none of them empty', () => {
  const ja = flatten(texts.ja);
  const en = flatten(texts.en);
  expect(en.map(([path]) => path)).toEqual(ja.map(([path]) => path));
  for (const [path, text] of [...ja, ...en]) {
    expect(text.trim(), path).not.toBe('');
    expect(text, path).not.toMatch(/undefined|NaN|\[object/);
  }
});

test('leaves no Japanese in the English texts', () => {
  for (const [path, text] of flatten(texts.en)) expect(text, path).not.toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
});

test('ends every Japanese sentence of more than a label politely', () => {
  for (const [path, text] of flatten(texts.ja)) {
    if (!text.endsWith('。')) continue;
    expect(text, path).toMatch(/(ます|ません|です|でした|ました|ください|ましょう)。$/);
  }
});

test('counts wrong lock codes from the second in a row on, and names the wait', () => {
  expect([1, 2].map((failures) => texts.ja.lock.wrong(failures, failures))).toEqual([
    'アプリロックコードが違います。1 秒待ってから、もう一度入力してください。',
    'アプリロックコードが違います(続けて 2 回)。2 秒待ってから、もう一度入力してください。',
  ]);
  expect(texts.en.lock.wrong(1, 0)).toBe('Wrong lock code. Enter it again.');
  expect(texts.en.lock.wrong(2, 2)).toBe('Wrong lock code (2 times in a row). Wait 2 seconds, then enter it again.');
});

test('follows the choice, and the browser where there is none', () => {
  expect(languageOf('en', 'ja-JP')).toBe('en');
  expect(languageOf('ja', 'en')).toBe('ja');
  expect(languageOf('auto', 'ja-JP')).toBe('ja');
  expect(languageOf('auto', 'de')).toBe('en');
});
