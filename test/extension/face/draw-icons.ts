/** Draws the PNG icons from `mark.svg`: `node test/extension/face/draw-icons.ts`. The results are committed. */
import { readFile, writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import { chromium } from 'playwright';
import { findBrowser } from '../../browser/install.ts';

/** A PNG with a palette: the mark has few colours, and the browser's own picture of it is a third larger. */
function pngOf(size: number, rgba: readonly number[]): Buffer {
  /** Alpha before the colour, so that the opaque ones come last and need no entry of it. */
  const pixels = Array.from({ length: size * size }, (_, index) => {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.slice(4 * index);
    return Buffer.from([alpha, red, green, blue]).toString('hex');
  });
  const colours = [...new Set(pixels)].sort();
  if (colours.length > 256) throw new Error(`${colours.length} colours are no palette`);
  const palette = colours.map((colour) => Buffer.from(colour, 'hex'));
  const alphas = palette.map(([alpha = 0]) => alpha).filter((alpha) => alpha < 255);
  const rows = Array.from({ length: size }, (_, y) => {
    const row = pixels.slice(y * size, (y + 1) * size);
    return [0, ...row.map((pixel) => colours.indexOf(pixel))];
  });
  const head = Buffer.from([0, 0, 0, size, 0, 0, 0, size, 8, 3, 0, 0, 0]);
  const chunk = (name: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return [length, body, sum];
  };
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...chunk('IHDR', head),
    ...chunk('PLTE', Buffer.concat(palette.map((colour) => colour.subarray(1)))),
    ...chunk('tRNS', Buffer.from(alphas)),
    ...chunk('IDAT', deflateSync(Buffer.from(rows.flat()), { level: 9 })),
    ...chunk('IEND', Buffer.alloc(0)),
  ]);
}

const folder = new URL('../../../extension/public/icon/', import.meta.url);
const mark = await readFile(new URL('mark.svg', folder), 'utf8');
const browser = await chromium.launch({
  executablePath: (await findBrowser('chromium')) ?? '',
  args: ['--no-sandbox'],
});
for (const size of [16, 32, 48, 96, 128]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px}</style>${mark}`);
  const picture = (await page.screenshot({ omitBackground: true })).toString('base64');
  const rgba = await page.evaluate(
    async ({ picture, size }) => {
      const image = await fetch(`data:image/png;base64,${picture}`).then((response) => response.blob());
      const canvas = new OffscreenCanvas(size, size).getContext('2d');
      canvas?.drawImage(await createImageBitmap(image), 0, 0);
      return [...(canvas?.getImageData(0, 0, size, size).data ?? [])];
    },
    { picture, size },
  );
  await writeFile(new URL(`${size}.png`, folder), pngOf(size, rgba));
  await page.close();
}
await browser.close();
