import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Notes which packages a bundle takes something from, for the file that names their authors. */
export function createLicences() {
  const folders = new Set<string>();
  return {
    plugin: {
      name: 'licences',
      transform(_code: string, id: string): null {
        const folder = id.match(/^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//)?.[1];
        if (folder !== undefined) folders.add(folder.replace(/^\0/, ''));
        return null;
      },
    },

    /** Name, version and licence text of each package, in order of their names; its home where it brings no text. */
    text(): string {
      const packages = [...folders].map((folder) => {
        const { name, version, license, homepage } = JSON.parse(
          readFileSync(join(folder, 'package.json'), 'utf8'),
        ) as Record<'name' | 'version' | 'license' | 'homepage', string>;
        const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each));
        // Its text is long and the same everywhere; it asks only for the two addresses.
        const mozilla = `Text: https://mozilla.org/MPL/2.0/. Source: ${homepage}`;
        const terms =
          license === 'MPL-2.0' ? mozilla : file === undefined ? homepage : readFileSync(join(folder, file), 'utf8');
        if (terms === undefined) throw new Error(`${name} says nothing of its licence`);
        return { name, head: `${name} ${version} (${license})`, terms: terms.replaceAll('\r\n', '\n').trim() };
      });
      packages.sort((a, b) => (a.name < b.name ? -1 : 1));
      const line = '-'.repeat(72);
      return packages.map(({ head, terms }) => `${line}\n${head}\n${line}\n\n${terms}\n`).join('\n');
    },
  };
}
