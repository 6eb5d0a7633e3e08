import { readCsv } from './csv/reader.ts';
import { decoded, sniff } from './decode.ts';
import { FileFault } from './faults.ts';
import { limits } from './limits.ts';
import type { KeyMaterial } from './material.ts';
import { type PskcNotes, readPskc } from './pskc/reader.ts';
import type { Found } from './record.ts';
import type { SeedFile } from './source.ts';

/**
 * Records of a vendor's file, whatever its format, as they come.
 * @throws FileFault where the file cannot be relied on: what came before it does not count then
 */
export async function* readSeedFile(
  file: SeedFile,
  material: KeyMaterial,
  notes: PskcNotes,
): AsyncGenerator<readonly Found[]> {
  if (file.sizeBytes > limits.fileBytes) throw new FileFault('tooLarge');
  if (file.sizeBytes === 0) throw new FileFault('noRecords');
  const { isXml, encoding } = await sniff(file).catch((error: unknown) => {
    throw error instanceof FileFault ? error.at(1, null) : error;
  });
  const text = decoded(file, encoding);
  yield* isXml ? readPskc(text, material, notes) : readCsv(text);
}
