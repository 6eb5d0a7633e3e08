import { afterAll, describe, expect, test } from 'vitest';
import { browserNames } from '../browser/install.ts';
import { type Judged, judgeAll, scoreOf } from './benchmark.ts';
import { allPages } from './page-set.ts';

/** Another set of pages in place of the repository's own: `SHIRUSHI_FIELDS=folder npm run fields`. */
const folder = process.env.SHIRUSHI_FIELDS;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** One line per set and kind of fault, for the person who reads the run. */
function report(title: string, judged: readonly Judged[]): string {
  const { precision, recall } = scoreOf(judged);
  const toFill = judged.filter(({ page }) => page.fill === 'automatic').length;
  return `${title}: ${judged.length} pages, ${toFill} to fill; precision ${percent(precision)}, recall ${percent(recall)}`;
}

function faults(judged: readonly Judged[]): string[] {
  return judged.flatMap(({ page, filled, wrong, asked }) => [
    ...wrong.map((each) => `wrong: ${page.set}/${page.name}: ${each}`),
    ...(page.fill === 'automatic' && !filled ? [`missed: ${page.set}/${page.name}`] : []),
    ...(page.fill === 'nothing' && asked === 'filled' ? [`filled on request: ${page.set}/${page.name}`] : []),
  ]);
}

describe('the pages', () => {
  test.skipIf(folder !== undefined)('are at least 80, two thirds of them Japanese, each with a name of its own', () => {
    const pages = allPages(undefined).filter(({ set }) => set === 'pages');
    expect(pages.length).toBeGreaterThanOrEqual(80);
    expect(pages.filter(({ language }) => language === 'ja').length / pages.length).toBeGreaterThanOrEqual(2 / 3);
    expect(new Set(pages.map(({ name }) => name)).size).toBe(pages.length);
  });
});

describe('the built extension', () => {
  const all: Judged[] = [];
  afterAll(() => {
    if (all.length > 0) console.log(report('both browsers', all));
  });

  test.concurrent.each(browserNames)(
    'fills no wrong field and at least 95 % of the right ones in %s',
    async (name) => {
      const judged = await judgeAll(name, folder);
      all.push(...judged);
      for (const set of new Set(judged.map(({ page }) => page.set))) {
        console.log(
          report(
            `${name}, ${set}`,
            judged.filter(({ page }) => page.set === set),
          ),
        );
      }
      const found = faults(judged);
      if (found.length > 0) console.log(found.join('\n'));
      expect(found.filter((fault) => !fault.startsWith('missed'))).toEqual([]);
      expect(scoreOf(judged).recall).toBeGreaterThanOrEqual(0.95);
    },
    900_000,
  );
});
