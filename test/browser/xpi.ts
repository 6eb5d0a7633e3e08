import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Bytes of 16 and 32 bit little-endian numbers in a row: `[size, value]`. */
function numbers(...fields: readonly (readonly [2 | 4, number])[]): Buffer {
  return Buffer.concat(
    fields.map(([size, value]) => {
      const bytes = Buffer.alloc(size);
      bytes.writeUIntLE(value, 0, size);
      return bytes;
    }),
  );
}

/** Packs a folder as Firefox wants an extension installed in a profile: a ZIP without compression (APPNOTE 4.3). */
export function packXpi(folder: string, file: string): void {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of names) {
    const name = Buffer.from(path.slice(folder.length + 1).replaceAll('\\', '/'));
    const content = readFileSync(path);
    // Version 2.0, flags: UTF-8 names, stored, midnight of 1 January 1980, CRC, both sizes, lengths of name and extra.
    const shared = numbers(
      [2, 20],
      [2, 0x0800],
      [2, 0],
      [2, 0],
      [2, 0x21],
      [4, crc32(content)],
      [4, content.length],
      [4, content.length],
      [2, name.length],
      [2, 0],
    );
    const local = Buffer.concat([numbers([4, 0x04034b50]), shared, name, content]);
    central.push(
      Buffer.concat([
        numbers([4, 0x02014b50], [2, 20]),
        shared,
        numbers([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
        name,
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = numbers(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, names.length],
    [2, names.length],
    [4, directory.length],
    [4, offset],
    [2, 0],
  );
  writeFileSync(file, Buffer.concat([...locals, directory, end]));
}
