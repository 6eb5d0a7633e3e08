import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const pageSchema = z.strictObject({
  /** Unique in its set. */
  name: z.string().regex(/^[a-z0-9-]+$/),
  kind: z.string(),
  language: z.enum(['ja', 'en']),
  file: z.string(),
  /** Of the file; UTF-8 unless named. */
  charset: z.string().optional(),
  /** Length of the token's code. */
  digits: z.int().min(6).max(8),
  /** The token's `fieldHints`. */
  hints: z.array(z.string()).default([]),
  /** What a token that fills by itself has to do here. */
  fill: z.enum(['automatic', 'nothing']),
  /** The fields that hold something then; every other keeps what it has without the extension. */
  expect: z
    .array(
      z.strictObject({
        selector: z.string(),
        /** The whole code, one digit of it (from 0), a part (`digits:0-3`, both included), or it in full-width. */
        value: z.string().regex(/^(code|fullwidth|digit:\d|digits:\d-\d)$/),
        /** Frames and shadow hosts around the field, from outside in. */
        in: z.union([z.array(z.string()), z.string()]).default([]),
      }),
    )
    .default([]),
  note: z.string(),
});
export type FieldPage = z.infer<typeof pageSchema> & {
  readonly set: string;
  readonly folder: string;
};

const here = fileURLToPath(new URL('.', import.meta.url));

/** The pages of a folder with a `pages.json`. @throws ZodError where it is of another form */
export function readPages(folder: string): FieldPage[] {
  const pages = z.array(pageSchema).parse(JSON.parse(readFileSync(join(folder, 'pages.json'), 'utf8')));
  const set = folder.split('/').findLast((part) => part !== '') ?? folder;
  return pages.map((page) => ({ ...page, set, folder }));
}

/** Every set of the repository, or that of the folder given. */
export function allPages(folder: string | undefined): FieldPage[] {
  if (folder !== undefined) return readPages(folder);
  return readdirSync(here, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, 'pages.json')))
    .flatMap((entry) => readPages(join(here, entry.name)));
}
