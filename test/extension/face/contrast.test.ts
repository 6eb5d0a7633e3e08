import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/** The colours of the extension's face: light, dark, and both with more contrast. axe looks at text alone. */
const css = readFileSync(new URL('../../../extension/ui/face.css', import.meta.url), 'utf8');
type Colours = Readonly<Record<string, string>>;
const [light = {}, dark = {}, more = {}, moreDark = {}] = [...css.matchAll(/:root \{([^}]*)\}/g)].map(
  ([, body = '']): Colours =>
    Object.fromEntries([...body.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value])),
);
const schemes = {
  light,
  dark: { ...light, ...dark },
  'light, more contrast': { ...light, ...more },
  'dark, more contrast': { ...light, ...dark, ...more, ...moreDark },
};

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Pairs `text on ground` below the ratio. */
function below(ratio: number, colours: Colours, pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.flatMap(([one, other]) => {
    const [high = 0, low = 0] = [colours[one], colours[other]]
      .map((each) => luminance(each ?? ''))
      .sort((a, b) => b - a);
    const found = (high + 0.05) / (low + 0.05);
    return found >= ratio ? [] : [`${one} on ${other}: ${found.toFixed(2)}`];
  });
}
const grounds = ['paper', 'sheet', 'tint', 'warning-tint', 'error-tint'];
const on = (names: readonly string[]) => names.flatMap((name) => grounds.map((ground) => [name, ground] as const));

describe.each(Object.entries(schemes))('in the colours %s', (_name, colours) => {
  test('text is read on every ground: 4.5:1', () => {
    const text = on(['ink', 'quiet', 'accent', 'seal', 'done', 'warning', 'error']);
    expect(below(4.5, colours, [...text, ['on-accent', 'accent'], ['on-accent', 'accent-strong']])).toEqual([]);
  });
  test('edges, the ring and the bars are told from what is beside them: 3:1', () => {
    const shapes = [...on(['edge', 'accent', 'seal']), ['on-seal', 'seal'] as const];
    const rests = ['accent', 'seal', 'warning', 'done'].map((rest) => [rest, 'track'] as const);
    expect(below(3, colours, [...shapes, ...rests])).toEqual([]);
  });
});
